using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gesso.Platform.Accounts;
using Gesso.Platform.Jobs;
using Gesso.Server.Errors;
using Gesso.Server.Json;

namespace Gesso.Server.Auth.Accounts;

/// <summary>From what administrators send to what the platform keeps; whatever is wrong is named here.</summary>
internal static class AccountMapping
{
    private const int MaxName = 200;
    private const double MaxOverlap = 30 * 24 * 3600;
    private static readonly DateTimeOffset LastMoment = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task<T> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, type, request.HttpContext.RequestAborted).ConfigureAwait(false)
                ?? throw ApiException.Invalid(null, "invalid_json", "Expected a JSON object, got null.");
        }
        catch (JsonException e)
        {
            string known = string.Join(", ", type.Properties.Select(p => p.Name));
            throw ApiException.Invalid(e.Path?.TrimStart('$', '.'), "invalid_json", $"Expected a JSON object with {known}: {e.Message}");
        }
    }

    public static string Name(string? name) =>
        name is { Length: > 0 and <= MaxName } && !name.Any(char.IsControl) ? name : throw Wrong("name", name, $"1 to {MaxName} characters");

    public static Role ReadRole(string? role) => role switch
    {
        "admin" => Role.Admin,
        "submit" => Role.Submit,
        "read" => Role.Read,
        _ => throw Wrong("role", role, "admin, submit or read"),
    };

    public static DateTimeOffset? Expiry(double? seconds, DateTimeOffset now)
    {
        if (seconds is not { } value)
            return null;
        bool later = value > now.UnixSeconds() && value < LastMoment.UnixSeconds();
        return later ? DateTimeOffset.FromUnixTimeMilliseconds((long)(value * 1000)) : throw Wrong("expires_at", value, "a time to come, in Unix seconds");
    }

    public static TimeSpan Overlap(double? seconds) =>
        seconds is null or (>= 0 and <= MaxOverlap) ? TimeSpan.FromSeconds(seconds ?? 0) : throw Wrong("overlap_seconds", seconds, $"0 to {MaxOverlap}");

    public static KeyLimits Limits(KeyLimits? limits)
    {
        if (limits is null)
            return new KeyLimits();
        Require(limits.RequestsPerMinute is null or >= 1, "limits.requests_per_minute", limits.RequestsPerMinute, "1 or more");
        Require(limits.PicturesPerMinute is null or >= 1, "limits.pictures_per_minute", limits.PicturesPerMinute, "1 or more");
        Require(limits.QueuedJobs is null or >= 0, "limits.queued_jobs", limits.QueuedJobs, "0 or more");
        Require(limits.MaxPixels is null or >= 256, "limits.max_pixels", limits.MaxPixels, "256 or more");
        Require(
            limits.MaxPriority is null or (>= -SchedulingPolicy.MaxPriority and <= SchedulingPolicy.MaxPriority),
            "limits.max_priority", limits.MaxPriority, $"-{SchedulingPolicy.MaxPriority} to {SchedulingPolicy.MaxPriority}");
        foreach (string adapter in limits.Adapters ?? [])
            Require(AdapterUse.IsName(adapter), "limits.adapters", adapter, "names of adapters, or beginnings of names with a * behind");
        return limits;
    }

    public static double Weight(double? weight) => weight is null or (>= 0.001 and <= 1000) ? weight ?? 1 : throw Wrong("weight", weight, "0.001 to 1000");

    private static void Require(bool holds, string param, object? value, string expected)
    {
        if (!holds)
            throw Wrong(param, value, expected);
    }

    private static ApiException Wrong(string param, object? value, string expected) =>
        ApiException.Invalid(param, "invalid_value", $"{param}: expected {expected}, got {(value is null ? "nothing" : $"\"{value}\"")}.");
}
