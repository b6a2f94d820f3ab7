using Gesso.Contracts.Errors;
using Gesso.Server.Hosting;

namespace Gesso.Server.Tests.Hosting;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:7860", true, 7860)]
    [InlineData("http://localhost:0", true, 0)]
    [InlineData("http://[::1]:80/", true, 80)]
    [InlineData("http://[::1]", true, 80)]
    [InlineData("https://*:443", false, 443)]
    [InlineData("https://0.0.0.0", false, 443)]
    [InlineData("HTTP://10.0.0.3:81", false, 81)]
    public void Addresses_are_read(string url, bool loopback, int port)
    {
        var address = ListenAddress.Parse(url);

        Assert.Equal(loopback, address.IsLoopback);
        Assert.Equal(port, address.Port);
    }

    [Theory]
    [InlineData("127.0.0.1:7860")]
    [InlineData("http://")]
    [InlineData("http://127.0.0.1:x")]
    [InlineData("http://127.0.0.1:-1")]
    [InlineData("http://a/b")]
    public void Others_are_refused(string url) => Assert.Contains("urls", Assert.Throws<GessoException>(() => ListenAddress.Parse(url)).Message, StringComparison.Ordinal);
}
