using System.Net;
using Gesso.Contracts.Errors;
using Gesso.Server.Hosting;

namespace Gesso.Server.Fetching;

/// <summary>Fetches over <see cref="GuardedHttp"/>, with an end to size, time and redirects; gives up as soon as the first bytes are no picture.</summary>
internal sealed class PictureFetcher(GuardedHttp http, ServerOptions options, TimeProvider time) : IPictureFetcher
{
    private const int MaxRedirects = 3;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    public async Task<byte[]> FetchAsync(Uri url, CancellationToken cancellation = default)
    {
        using CancellationTokenSource timeout = new(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            return await FollowAsync(FetchUrl.Check(url), both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw NotFetched($"it did not come within {Timeout.TotalSeconds:0} seconds");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // the cause may tell of networks behind this server: it stays in here
            throw NotFetched("the host could not be reached, or broke off");
        }
    }

    private async Task<byte[]> FollowAsync(Uri url, CancellationToken cancellation)
    {
        for (int hop = 0; ; hop++)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, url);
            request.Headers.Accept.ParseAdd("image/png, image/jpeg, image/webp");
            using var response = await http.SendAsync(request, cancellation).ConfigureAwait(false);
            if (IsRedirect(response.StatusCode) && response.Headers.Location is { } location)
            {
                if (hop == MaxRedirects)
                    throw NotFetched($"it redirects more than {MaxRedirects} times");
                url = Next(url, location);
                continue;
            }
            if (!response.IsSuccessStatusCode)
                throw NotFetched($"the host answered {(int)response.StatusCode}");
            return await ReadAsync(response.Content, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>To the same host, and never from https to http.</summary>
    private static Uri Next(Uri from, Uri location)
    {
        var to = FetchUrl.Check(new Uri(from, location));
        bool sameHost = string.Equals(to.IdnHost, from.IdnHost, StringComparison.OrdinalIgnoreCase);
        return sameHost && !(from.Scheme == "https" && to.Scheme == "http") ? to : throw FetchUrl.Refuse("a URL that does not redirect to another host or to plain http");
    }

    private async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        long limit = options.Limits.MaxPictureBytes;
        if (content.Headers.ContentLength > limit)
            throw TooLarge(limit);
        await using var stream = await content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        using MemoryStream file = new();
        byte[] buffer = new byte[64 << 10];
        int start = await stream.ReadAtLeastAsync(buffer, PictureSignature.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        if (!PictureSignature.IsPicture(buffer.AsSpan(0, start)))
            throw GessoException.Invalid("not_a_picture", "The URL leads to something else than a PNG, JPEG or WebP picture.");
        for (int read = start; read > 0; read = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false))
        {
            if (file.Length + read > limit)
                throw TooLarge(limit);
            file.Write(buffer, 0, read);
        }
        return file.ToArray();
    }

    private static bool IsRedirect(HttpStatusCode status) =>
        status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static GessoException NotFetched(string why) =>
        GessoException.Invalid("picture_not_fetched", $"The picture could not be fetched: {why}. Send it as a data: URL or upload it.");

    private static GessoException TooLarge(long limit) =>
        GessoException.Invalid("picture_too_large", $"The picture behind the URL is larger than {limit} bytes, the most this server takes.");
}
