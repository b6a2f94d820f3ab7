namespace Gesso.Client.Connection;

/// <summary>Puts paths and queries together, escaped.</summary>
internal static class Paths
{
    public static string Of(string collection, string id, string? part = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        return $"api/{collection}/{Uri.EscapeDataString(id)}{(part is null ? "" : "/" + part)}";
    }

    /// <summary>Fields without a value are left out.</summary>
    public static string Query(string path, params ReadOnlySpan<(string Name, string? Value)> fields)
    {
        string query = "";
        foreach (var (name, value) in fields)
        {
            if (value is not null)
                query += $"{(query.Length == 0 ? '?' : '&')}{name}={Uri.EscapeDataString(value)}";
        }
        return path + query;
    }
}
