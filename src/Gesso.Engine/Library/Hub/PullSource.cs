using System.Text.RegularExpressions;
using Gesso.Contracts.Errors;

namespace Gesso.Engine.Library.Hub;

/// <summary>What <see cref="PullRequest.Source"/> means: a repo on the hub, or one file anywhere.</summary>
internal abstract partial record PullSource
{
    private static readonly string[] s_weights = [".safetensors", ".gguf"];

    public sealed record Repo(string Name, string Revision, string? File) : PullSource;

    public sealed record Address(Uri Uri, string FileName) : PullSource;

    /// <summary>Addresses of a file on the hub count as the repo and that file: the hub then tells its hash.</summary>
    /// <exception cref="GessoException"><c>model_unknown</c> or <c>address_unsupported</c>.</exception>
    public static PullSource Parse(PullRequest request, Uri endpoint)
    {
        string source = request.Source.Trim();
        string revision = request.Revision ?? "main";
        if (KnownModel.Find(source) is { } model)
            return new Repo(model.Repo, revision, request.SingleFile);
        if (RepoName().IsMatch(source))
            return new Repo(source, revision, request.SingleFile);
        if (!source.Contains("://", StringComparison.Ordinal))
        {
            string known = string.Join(", ", KnownModel.All.Select(each => each.Name));
            throw GessoException.Invalid("model_unknown", $"'{source}' is neither a known name ({known}) nor owner/name on the hub nor an https address.");
        }
        return ParseAddress(source, request, endpoint);
    }

    private static PullSource ParseAddress(string source, PullRequest request, Uri endpoint)
    {
        bool secure = Uri.TryCreate(source, UriKind.Absolute, out Uri? uri)
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));
        if (!secure)
            throw GessoException.Invalid("address_unsupported", $"Files are pulled from https addresses only; got '{source}'.");
        string[] parts = [.. uri!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];
        bool onHub = SameHost(uri, endpoint) || SameHost(uri, HubOptions.DefaultEndpoint);
        if (onHub && parts.Length >= 2 && RepoName().IsMatch($"{parts[0]}/{parts[1]}") && parts is [_, _] or [_, _, "resolve" or "blob", _, _, ..])
        {
            string? file = parts.Length > 2 ? string.Join('/', parts[4..]) : request.SingleFile;
            return new Repo($"{parts[0]}/{parts[1]}", request.Revision ?? (parts.Length > 2 ? parts[3] : "main"), file);
        }
        string name = parts.Length > 0 ? parts[^1] : "";
        if (!s_weights.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) || !SafePath.IsSafe(name))
        {
            throw GessoException.Invalid("address_unsupported",
                $"An address must end in the name of a .safetensors or .gguf file; '{source}' does not. For a repo on the hub give owner/name.");
        }
        return new Address(uri, name);
    }

    private static bool SameHost(Uri a, Uri b) => string.Equals(a.Authority, b.Authority, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$")]
    private static partial Regex RepoName();
}
