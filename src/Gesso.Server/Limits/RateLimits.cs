using System.Globalization;
using Gesso.Platform.Accounts;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;

namespace Gesso.Server.Limits;

/// <summary>
/// Requests and pictures a minute of each key, told in the headers that OpenAI's clients read. Counted by each server for itself: with several servers behind a
/// balancer a key gets up to that many times its limit. What must hold exactly (jobs in the queue) is counted by the store.
/// </summary>
public sealed class RateLimits
{
    private readonly LimitOptions _limits;
    private readonly KeyBuckets _requests;
    private readonly KeyBuckets _pictures;

    public RateLimits(ServerOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _limits = options.Limits;
        _requests = new KeyBuckets(time);
        _pictures = new KeyBuckets(time);
    }

    /// <summary>Counts a request of the caller and writes the headers.</summary>
    /// <exception cref="ApiException">429 <c>rate_limit_exceeded</c>.</exception>
    internal void TakeRequest(HttpContext context) =>
        Take(context.Response, _requests, context.Caller().Key, context.Caller().Key.Limits.RequestsPerMinute ?? _limits.RequestsPerMinute, 1, "requests");

    /// <summary>Counts pictures that the caller is about to ask for, before their job is stored.</summary>
    /// <exception cref="ApiException">429 <c>rate_limit_exceeded</c>.</exception>
    public void TakePictures(HttpContext context, int pictures)
    {
        ArgumentNullException.ThrowIfNull(context);
        var key = context.Caller().Key;
        Take(context.Response, _pictures, key, key.Limits.PicturesPerMinute ?? _limits.PicturesPerMinute, pictures, "images");
    }

    private static void Take(HttpResponse response, KeyBuckets buckets, ApiKey key, int perMinute, int units, string what)
    {
        var answer = buckets.Take(key.Id, perMinute, units);
        var headers = response.Headers;
        headers["x-ratelimit-limit-" + what] = perMinute.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-remaining-" + what] = answer.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-reset-" + what] = Duration(answer.Reset);
        if (!answer.Granted)
        {
            throw new ApiException(
                429, new ApiError(
                    $"The key {key.Prefix}… (\"{key.Name}\") may make {perMinute} {what} a minute, and they are used up: try again in {Duration(answer.Wait)}.",
                    "rate_limit_error", null, "rate_limit_exceeded"), answer.Wait);
        }
    }

    /// <summary>As OpenAI writes it: <c>12ms</c>, <c>1.5s</c>, <c>6m0s</c>.</summary>
    internal static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalMilliseconds)}ms"),
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(time.TotalSeconds * 1000) / 1000}s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}m{Math.Ceiling(time.TotalSeconds % 60)}s"),
    };
}
