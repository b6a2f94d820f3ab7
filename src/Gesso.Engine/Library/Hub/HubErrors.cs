using System.Net;
using Gesso.Contracts.Errors;

namespace Gesso.Engine.Library.Hub;

/// <summary>
/// What went wrong between here and the hub, with what to do about it. The hub explains itself in <c>X-Error-Code</c> (GatedRepo, RepoNotFound,
/// RevisionNotFound, EntryNotFound) and <c>X-Error-Message</c>.
/// </summary>
internal static class HubErrors
{
    /// <summary>An answer that will not change by asking again.</summary>
    public static GessoException Of(HttpResponseMessage response, Uri uri, string what, HubOptions options)
    {
        string code = Header(response, "X-Error-Code");
        string said = Header(response, "X-Error-Message");
        string quoted = said.Length > 0 ? $" The server says: {said}" : "";
        if (what.Contains("://", StringComparison.Ordinal))
            return OfAddress(response, what);
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when code == "GatedRepo" => Gated(what, options, quoted),
            HttpStatusCode.Unauthorized when code == "RepoNotFound" => NotFound(what, options, quoted),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Gated(what, options, quoted),
            HttpStatusCode.NotFound or HttpStatusCode.Gone => NotFound(what, options, quoted),
            _ => GessoException.Unavailable("hub_refused",
                $"{uri.GetLeftPart(UriPartial.Path)} answered {(int)response.StatusCode} {response.ReasonPhrase}.{quoted}"),
        };
    }

    /// <summary>A server that is not the hub: no licence page, no token to advise.</summary>
    private static GessoException OfAddress(HttpResponseMessage response, string address) => response.StatusCode switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => GessoException.Refused("address_forbidden",
            $"{address} is not given to everyone ({(int)response.StatusCode}). Download it in a browser and put it into the models folder."),
        HttpStatusCode.NotFound or HttpStatusCode.Gone => GessoException.Invalid("address_not_found", $"There is no file at {address}: check the address."),
        _ => GessoException.Unavailable("hub_refused", $"{address} answered {(int)response.StatusCode} {response.ReasonPhrase}."),
    };

    public static GessoException WebPage(Uri uri) => GessoException.Unavailable("hub_bad_answer",
        $"{uri.GetLeftPart(UriPartial.Path)} answers with a web page instead of the file: a login or proxy page is in between, "
        + "or the address is not that of the download.");

    public static GessoException FolderTaken(string directory, string source, string wanted) => GessoException.Invalid("folder_taken",
        $"{directory} already holds {source}; {wanted} would replace it. Move that folder, or choose another models folder.");

    public static GessoException Offline(HubOptions options) => GessoException.Unavailable("hub_offline",
        $"HF_HUB_OFFLINE is set, so nothing is pulled from {Host(options)}. Unset it, or copy the model's folder here by hand.");

    public static GessoException Unreachable(Uri uri, HubOptions options, Exception? inner)
    {
        string proxy = inner is HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } ? " The proxy (HTTPS_PROXY) refused." : "";
        return GessoException.Unavailable("hub_unreachable",
            $"{uri.GetLeftPart(UriPartial.Authority)} cannot be reached ({inner?.Message ?? "no answer"}).{proxy} Check the network and HTTPS_PROXY; "
            + $"where {Host(options)} is blocked, set HF_ENDPOINT to a mirror, or copy the model's folder here by hand. "
            + "What was downloaded is kept: pull again to go on.",
            inner);
    }

    public static GessoException RateLimited(Uri uri, TimeSpan wait, HubOptions options) => new(ErrorKind.Busy, "hub_rate_limited",
        $"{uri.GetLeftPart(UriPartial.Authority)} asks for fewer requests (429) and to wait {wait.TotalSeconds:0} s. Pull again then"
        + $"{(options.Token is null ? "; with HF_TOKEN set the limits are higher" : "")}. What was downloaded is kept.");

    public static GessoException Failing(Uri uri, int status) => GessoException.Unavailable("hub_failing",
        $"{uri.GetLeftPart(UriPartial.Authority)} keeps answering {status}. Try again later; what was downloaded is kept.");

    public static GessoException WrongSize(string file, long expected, long actual) => GessoException.Unavailable("hub_size_mismatch",
        $"{file}: the list says {expected} bytes, the server sends {actual}. The model changed in the meantime or a proxy answers in its place; pull again.");

    public static GessoException WrongHash(string file, string expected, string actual) => GessoException.Unavailable("hash_mismatch",
        $"{file} arrived damaged: SHA-256 should be {expected}, is {actual}. It was deleted; pull again. "
        + "If it happens again, a proxy or mirror changes the file.");

    public static GessoException BadAnswer(Uri uri, Exception? inner) => GessoException.Unavailable("hub_bad_answer",
        $"{uri.GetLeftPart(UriPartial.Path)} did not answer with a list of files. Is HF_ENDPOINT a mirror of the hub, and no login page in between?", inner);

    public static GessoException AlreadyRunning(string part, Exception inner) => new(ErrorKind.Busy, "pull_running",
        $"{part} is in use: another pull of the same model is running. Wait for it, or end it.", inner);

    public static GessoException DiskFull(string folder, long needed, long free) => GessoException.Unavailable("disk_full",
        $"Pulling needs {Size(needed)} in {folder}; {Size(free)} are free. Make room, or choose another folder for models.");

    public static GessoException CannotWrite(string folder, Exception inner) => GessoException.Unavailable("disk_write_failed",
        $"Writing below {folder} failed: {inner.Message} What was downloaded is kept; mend the cause and pull again.", inner);

    public static string Size(long bytes) => bytes >= 1_000_000_000 ? $"{bytes / 1e9:0.0} GB" : $"{bytes / 1e6:0.0} MB";

    private static GessoException Gated(string what, HubOptions options, string quoted)
    {
        string page = $"https://huggingface.co/{what}";
        string advice = options.Token is null
            ? $"Log in at {page}, accept the licence there, make a read token at https://huggingface.co/settings/tokens and set HF_TOKEN to it."
            : $"A token was sent, but its account has not accepted the licence at {page}, or the token lacks the permission to read gated repos.";
        return GessoException.Refused("model_gated", $"{what} is only given to those who accept its licence. {advice}{quoted}");
    }

    private static GessoException NotFound(string what, HubOptions options, string quoted) => GessoException.Invalid("model_not_found",
        $"{what} is not at {Host(options)}: check the spelling of name, revision and file."
        + $"{(options.Token is null ? " A private model needs HF_TOKEN." : " A private model needs a token of its owner.")}{quoted}");

    private static string Host(HubOptions options) => options.Endpoint.GetLeftPart(UriPartial.Authority);

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(' ', values) : "";
}
