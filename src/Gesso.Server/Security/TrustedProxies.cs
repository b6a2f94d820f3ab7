using System.Net;
using Gesso.Server.Hosting;
using Microsoft.AspNetCore.HttpOverrides;

namespace Gesso.Server.Security;

/// <summary>The proxies in front of this server: only what they say of a request's origin is believed.</summary>
internal sealed class TrustedProxies
{
    private readonly IReadOnlyList<System.Net.IPNetwork> _networks;

    public TrustedProxies(ServerOptions options) => _networks = [.. options.Security.TrustedProxies.Select(Parse)];

    public bool Any => _networks.Count > 0;

    public bool Include(IPAddress? address) => address is not null && Any && _networks.Any(n => n.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));

    /// <summary>For the middleware that puts the client's address, scheme and host in place of the proxy's.</summary>
    public ForwardedHeadersOptions Options()
    {
        ForwardedHeadersOptions options = new()
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            // walks back as long as the addresses are those of known proxies
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in _networks)
            options.KnownIPNetworks.Add(network);
        return options;
    }

    private static System.Net.IPNetwork Parse(string text)
    {
        if (System.Net.IPNetwork.TryParse(text, out var network))
            return network;
        var address = IPAddress.Parse(text);
        return new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8);
    }
}
