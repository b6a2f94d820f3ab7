using Gesso.Contracts.Errors;

namespace Gesso.Engine.Library.Hub;

/// <summary>Where models are pulled from and as whom. The variables are those of the hub's own tools.</summary>
public sealed record HubOptions
{
    public static Uri DefaultEndpoint { get; } = new("https://huggingface.co");

    /// <summary>The hub or a mirror of it (<c>HF_ENDPOINT</c>).</summary>
    public Uri Endpoint { get; init; } = DefaultEndpoint;

    /// <summary>Sent to <see cref="Endpoint"/> and nowhere else; null: anonymous.</summary>
    public string? Token { get; init; }

    /// <summary>No network at all (<c>HF_HUB_OFFLINE</c>): a pull is refused.</summary>
    public bool Offline { get; init; }

    /// <summary>Tries in a row that bring nothing before a file is given up, 1 … 20.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>A connection that sends nothing for so long is cut and tried again.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// <c>HF_ENDPOINT</c>; <c>HF_TOKEN</c>, else the file <c>HF_TOKEN_PATH</c>, else <c>token</c> in <c>HF_HOME</c> (<c>~/.cache/huggingface</c>);
    /// <c>HF_HUB_OFFLINE</c>.
    /// </summary>
    /// <param name="environment">Environment variables; empty counts as missing.</param>
    /// <param name="home">The user's home folder.</param>
    /// <exception cref="GessoException"><c>hub_endpoint_invalid</c>.</exception>
    public static HubOptions FromEnvironment(IReadOnlyDictionary<string, string> environment, string home)
    {
        string Value(string name) => environment.TryGetValue(name, out string? value) ? value.Trim() : "";
        string endpoint = Value("HF_ENDPOINT");
        string token = Value("HF_TOKEN");
        return new HubOptions
        {
            Endpoint = endpoint.Length == 0 ? DefaultEndpoint : ParseEndpoint(endpoint),
            Token = token.Length > 0 ? token : ReadToken(Value("HF_TOKEN_PATH"), Value("HF_HOME"), Value("XDG_CACHE_HOME"), home),
            Offline = Value("HF_HUB_OFFLINE").ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE",
        };
    }

    private static Uri ParseEndpoint(string text)
    {
        bool valid = Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);
        return valid
            ? uri!
            : throw GessoException.Invalid("hub_endpoint_invalid", $"HF_ENDPOINT must be an address such as https://huggingface.co; got '{text}'.");
    }

    private static string? ReadToken(string tokenPath, string hubHome, string cacheHome, string home)
    {
        string cache = cacheHome.Length > 0 ? cacheHome : Path.Combine(home, ".cache");
        string hub = hubHome.Length > 0 ? hubHome : Path.Combine(cache, "huggingface");
        string path = tokenPath.Length > 0 ? tokenPath : Path.Combine(hub, "token");
        try
        {
            string token = File.ReadAllText(path).Trim();
            return token.Length > 0 ? token : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // no token is a normal state; a gated model will say what is missing
        }
    }
}
