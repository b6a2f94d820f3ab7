using System.Net.Http.Headers;
using System.Text.Json;
using Gesso.Contracts.Errors;

namespace Gesso.Engine.Library.Hub;

/// <summary>Addresses of the hub, and the list of a repo's files, which comes in pages.</summary>
internal static class HubListing
{
    private const int MostBytes = 32 << 20; // a page is at most 1000 entries, some hundred kB
    private const int MostPages = 200;

    public static Uri TreeUri(Uri endpoint, string repo, string revision) =>
        new($"{Base(endpoint)}/api/models/{repo}/tree/{Uri.EscapeDataString(revision)}?recursive=true");

    public static Uri FileUri(Uri endpoint, string repo, string revision, string path) =>
        new($"{Base(endpoint)}/{repo}/resolve/{Uri.EscapeDataString(revision)}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    /// <returns>Every file of the revision, every path checked.</returns>
    /// <exception cref="GessoException"><c>unsafe_path</c>, <c>hub_bad_answer</c>, or what the transport says.</exception>
    public static async Task<List<HubFile>> ReadAsync(HubTransport transport, string repo, string revision, CancellationToken cancellation)
    {
        Uri endpoint = transport.Options.Endpoint;
        var files = new List<HubFile>();
        Uri? page = TreeUri(endpoint, repo, revision);
        for (int pages = 0; page is not null; pages++)
        {
            if (pages == MostPages)
                throw HubErrors.BadAnswer(page, null);
            (byte[] body, HttpResponseHeaders headers) = await transport.GetSmallAsync(page, repo, MostBytes, cancellation);
            foreach (TreeEntry entry in Parse(body, page))
            {
                if (entry is not { Type: "file", Path: { } path })
                    continue;
                if (!SafePath.IsSafe(path))
                    throw SafePath.Refuse(path);
                files.Add(new HubFile(path, entry.Lfs?.Size ?? entry.Size, Hash(entry.Lfs?.Oid)));
            }
            page = Next(headers, page, endpoint);
        }
        return files;
    }

    private static List<TreeEntry> Parse(byte[] body, Uri uri)
    {
        try
        {
            return JsonSerializer.Deserialize(body, HubJson.Default.ListTreeEntry) ?? throw HubErrors.BadAnswer(uri, null);
        }
        catch (JsonException e)
        {
            throw HubErrors.BadAnswer(uri, e);
        }
    }

    /// <summary>Some lists write <c>sha256:</c> before the digits.</summary>
    private static string? Hash(string? oid)
    {
        string digits = (oid ?? "").Split(':')[^1].ToLowerInvariant();
        return digits.Length == 64 && digits.All(char.IsAsciiHexDigit) ? digits : null;
    }

    /// <summary>
    /// <c>Link: &lt;address&gt;; rel="next"</c> (RFC 8288). Mirrors pass on addresses of the hub itself: the page is asked of the endpoint in use, so that a
    /// token never follows a link elsewhere.
    /// </summary>
    private static Uri? Next(HttpResponseHeaders headers, Uri page, Uri endpoint)
    {
        if (!headers.TryGetValues("Link", out IEnumerable<string>? values))
            return null;
        foreach (string link in values.SelectMany(value => value.Split(',')))
        {
            int start = link.IndexOf('<', StringComparison.Ordinal);
            int end = link.IndexOf('>', StringComparison.Ordinal);
            if (start < 0 || end < start || !link[end..].Contains("rel=\"next\"", StringComparison.OrdinalIgnoreCase))
                continue;
            if (!Uri.TryCreate(page, link[(start + 1)..end], out Uri? next))
                continue;
            if (next.Scheme == endpoint.Scheme && next.Authority == endpoint.Authority)
                return next;
            return new Uri($"{Base(endpoint)}/{next.GetComponents(UriComponents.PathAndQuery, UriFormat.UriEscaped).TrimStart('/')}");
        }
        return null;
    }

    private static string Base(Uri endpoint) => endpoint.AbsoluteUri.TrimEnd('/');
}
