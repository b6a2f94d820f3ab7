using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Gesso.Server.Fetching;

/// <summary>
/// Which addresses this server connects to on behalf of a caller: the public Internet, and private networks that the configuration names. Everything else
/// (loopback, private, link-local with its metadata services, carrier-grade NAT, multicast, documentation, this machine's own addresses) is a door into a network
/// that the caller may not be able to reach itself.
/// </summary>
internal sealed class AddressRules
{
    // IANA's special-purpose registries, and 168.63.129.16: Azure's host service on a public address
    private static readonly IPNetwork[] Closed4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
            "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "168.63.129.16/32",
        }.Select(IPNetwork.Parse),
    ];

    // of IPv6 only global unicast is open, less the parts that carry IPv4 (Teredo, 6to4) or nothing
    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] Closed6 = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(IPNetwork.Parse)];

    // the well-known prefix: an IPv6-only network reaches all of IPv4 by it, so the address inside decides
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    private readonly IReadOnlyList<IPNetwork> _named;
    private readonly Func<IReadOnlySet<IPAddress>> _own;

    /// <param name="named">Networks that are open although private.</param>
    /// <param name="own">Addresses of this machine; null: asked from the system.</param>
    public AddressRules(IEnumerable<string> named, Func<IReadOnlySet<IPAddress>>? own = null)
    {
        _named = [.. named.Select(IPNetwork.Parse)];
        _own = own ?? OwnAddresses;
    }

    public bool IsOpen(IPAddress address)
    {
        address = Plain(address);
        if (IsNamed(address))
            return true;
        bool open = address.AddressFamily == AddressFamily.InterNetwork
            ? !Closed4.Any(n => n.Contains(address))
            : Global6.Contains(address) && !Closed6.Any(n => n.Contains(address));
        return open && !_own().Contains(address);
    }

    /// <summary>Whether the configuration opened this address, which frees it of the rules on ports, too.</summary>
    public bool IsNamed(IPAddress address) => _named.Any(n => n.Contains(Plain(address)));

    /// <summary>The address that packets go to: IPv4 where it is wrapped in IPv6.</summary>
    private static IPAddress Plain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        byte[] bytes = address.GetAddressBytes();
        // ::a.b.c.d, deprecated, is treated as what it meant
        bool isCompatible = bytes.AsSpan(0, 12).IndexOfAnyExcept((byte)0) < 0;
        return Nat64.Contains(address) || isCompatible ? new IPAddress(bytes.AsSpan(12)) : new IPAddress(bytes);
    }

    private static HashSet<IPAddress> OwnAddresses() =>
        [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)];
}
