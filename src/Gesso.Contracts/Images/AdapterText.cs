using System.Globalization;

namespace Gesso.Contracts.Images;

/// <summary>The short form of an adapter and its weight, as on the command line and in requests: <c>NAME[:WEIGHT]</c>.</summary>
public static class AdapterText
{
    /// <summary>A weight stands behind the last colon; without one it is 1. A colon that no number follows belongs to the name.</summary>
    public static (string Name, double Weight) Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.LastIndexOf(':');
        return colon > 0 && double.TryParse(text.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out double weight) ? (text[..colon].Trim(), weight) : (text.Trim(), 1);
    }

    /// <summary>Several, separated by commas.</summary>
    public static IReadOnlyList<(string Name, double Weight)> ParseList(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];
    }

    /// <summary>The weight is left out where it is 1.</summary>
    public static string Write(string name, double weight) => weight == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{weight}");
}
