using System.Globalization;
using Gesso.Platform;
using Gesso.Server.Errors;
using Gesso.Server.Json;

namespace Gesso.Server.Native;

/// <summary>The query parameters that lists share.</summary>
internal static class Listing
{
    public const int DefaultLimit = 50;
    public const int MostLimit = 1000;

    public static int Limit(HttpRequest request)
    {
        if (Text(request, "limit") is not { } text)
            return DefaultLimit;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is >= 1 and <= MostLimit
            ? limit
            : throw ApiException.Invalid("limit", "invalid_value", $"limit: expected a whole number from 1 to {MostLimit}, got {Shown.Quote(text)}.");
    }

    public static JobId? Before(HttpRequest request)
    {
        if (Text(request, "before") is not { } text)
            return null;
        return JobId.TryParse(text, out var id) ? id : throw ApiException.Invalid("before", "invalid_value", $"before: expected the id of a job, got {Shown.Quote(text)}.");
    }

    public static bool Flag(HttpRequest request, string name, bool standard)
    {
        if (Text(request, name) is not { } text)
            return standard;
        return text switch
        {
            "true" or "1" => true,
            "false" or "0" => false,
            _ => throw ApiException.Invalid(name, "invalid_value", $"{name}: expected true or false, got {Shown.Quote(text)}."),
        };
    }

    /// <summary>Null: absent or empty.</summary>
    public static string? Text(HttpRequest request, string name) => request.Query[name].ToString() is { Length: > 0 } text ? text : null;
}
