using System.Net;
using Gesso.Server.Fetching;

namespace Gesso.Server.Tests.Fetching;

public sealed class AddressRulesTests
{
    private static readonly AddressRules Rules = new([], () => new HashSet<IPAddress> { IPAddress.Parse("93.184.216.34") });

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")] // Alibaba's metadata
    [InlineData("169.254.169.254")] // metadata of most clouds
    [InlineData("168.63.129.16")] // Azure's host
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")] // Oracle's metadata
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("203.0.113.9")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.250")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("93.184.216.34")] // this machine's own address
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::7f00:1")] // NAT64 of 127.0.0.1
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("2002:7f00:1::1")] // 6to4 of 127.0.0.1
    [InlineData("2001:0:7f00:1::")] // Teredo
    [InlineData("2001:db8::1")]
    [InlineData("3fff::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")] // AWS metadata
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void Address_that_leads_inside_is_closed(string address) => Assert.False(Rules.IsOpen(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("8.8.8.8")]
    [InlineData("100.63.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("192.167.255.255")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001:81b::200e")]
    public void Public_address_is_open(string address) => Assert.True(Rules.IsOpen(IPAddress.Parse(address)));

    [Fact]
    public void Named_network_is_open_and_no_other()
    {
        AddressRules rules = new(["10.1.0.0/16", "fd12::/32"]);

        Assert.True(rules.IsOpen(IPAddress.Parse("10.1.2.3")));
        Assert.True(rules.IsOpen(IPAddress.Parse("::ffff:10.1.2.3")));
        Assert.True(rules.IsOpen(IPAddress.Parse("fd12::5")));
        Assert.True(rules.IsNamed(IPAddress.Parse("10.1.2.3")));
        Assert.False(rules.IsOpen(IPAddress.Parse("10.2.0.1")));
        Assert.False(rules.IsNamed(IPAddress.Parse("8.8.8.8")));
    }

    [Fact]
    public void Own_addresses_are_asked_from_the_system()
    {
        AddressRules rules = new([]);
        var own = System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address).ToList();

        Assert.NotEmpty(own);
        Assert.All(own, address => Assert.False(rules.IsOpen(address)));
    }
}
