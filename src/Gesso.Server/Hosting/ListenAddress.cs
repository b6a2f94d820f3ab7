using System.Net;

namespace Gesso.Server.Hosting;

/// <summary>An address to listen on: <c>http://127.0.0.1:7860</c>, <c>https://*:443</c>, <c>http://localhost:0</c>.</summary>
/// <param name="Scheme">http or https.</param>
/// <param name="Host">As written.</param>
/// <param name="Address">Null for localhost: both loopback addresses.</param>
/// <param name="Port">0: a free one.</param>
internal sealed record ListenAddress(string Scheme, string Host, IPAddress? Address, int Port)
{
    public bool IsLoopback => Address is null || IPAddress.IsLoopback(Address);

    /// <param name="url">As configured.</param>
    /// <param name="field">Whose value it is, for the message.</param>
    public static ListenAddress Parse(string url, string field = "urls")
    {
        const string Expected = "addresses such as http://127.0.0.1:7860 or https://*:443";
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        string name = scheme > 0 ? url[..scheme].ToLowerInvariant() : "";
        Check.That(name is "http" or "https", field, url, Expected);
        string rest = url[(scheme + 3)..].TrimEnd('/');
        int colon = rest.LastIndexOf(':');
        bool hasPort = colon > 0 && !rest[colon..].Contains(']');
        string host = (hasPort ? rest[..colon] : rest).Trim('[', ']');
        int port = name == "https" ? 443 : 80;
        Check.That(!hasPort || int.TryParse(rest[(colon + 1)..], out port), field, url, Expected);
        Check.That(port is >= 0 and <= 65535 && host.Length > 0 && !host.Contains('/'), field, url, Expected);
        if (host == "localhost")
            return new ListenAddress(name, host, null, port);
        if (host is "*" or "+")
            return new ListenAddress(name, host, IPAddress.IPv6Any, port);
        Check.That(IPAddress.TryParse(host, out var address), field, url, "an IP address, localhost or *");
        return new ListenAddress(name, host, address, port);
    }
}
