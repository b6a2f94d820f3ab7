using System.Buffers;
using System.Net;
using Gesso.Contracts.Errors;

namespace Gesso.Server.Fetching;

/// <summary>
/// What an address must look like before anything is resolved. There is one parser (<see cref="Uri"/>) from here to the connection; spellings that others read
/// differently (backslashes, user info, 0x7f.1, 2130706433) are refused rather than understood.
/// </summary>
internal static class FetchUrl
{
    public const string NotAllowed = "url_not_allowed";

    private const int Longest = 2048;
    private static readonly SearchValues<char> Odd = SearchValues.Create("\\\t\r\n \0");

    /// <exception cref="GessoException">InvalidRequest <c>url_not_allowed</c>.</exception>
    public static Uri Check(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        string text = url.OriginalString;
        Require(url.IsAbsoluteUri && url.Scheme is "http" or "https", "an http or https address");
        Require(text.Length <= Longest, $"at most {Longest} characters");
        Require(!text.AsSpan().ContainsAny(Odd) && !text.Any(char.IsControl), "an address without spaces, backslashes and control characters");
        Require(url.UserInfo.Length == 0, "an address without user name and password");
        Require(url.HostNameType is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6, "a host name or an IP address");
        Require(url.HostNameType != UriHostNameType.IPv4 || IsPlain(text, url.Host), "an IP address in its usual form (203.0.113.7)");
        return url;
    }

    /// <summary>Ports of other services are not spoken to: 80, 443, or 1024 and more.</summary>
    public static bool IsOpenPort(int port) => port is 80 or 443 or >= 1024;

    public static GessoException Refuse(string expected) => GessoException.Invalid(NotAllowed, $"The URL is not called: expected {expected}.");

    private static bool IsPlain(string text, string host)
    {
        int start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var authority = text.AsSpan(start);
        int end = authority.IndexOfAny('/', '?', '#');
        authority = end < 0 ? authority : authority[..end];
        int colon = authority.LastIndexOf(':');
        return (colon < 0 ? authority : authority[..colon]).SequenceEqual(host) && IPAddress.Parse(host).ToString() == host;
    }

    private static void Require(bool holds, string expected)
    {
        if (!holds)
            throw Refuse(expected);
    }
}
