using Gesso.Contracts.Errors;
using Gesso.Server.Fetching;

namespace Gesso.Server.Tests.Fetching;

public sealed class FetchUrlTests
{
    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.com/a.png")]
    [InlineData("gopher://example.com/")]
    [InlineData("http://user:password@example.com/a.png")]
    [InlineData("http://example.com@127.0.0.1/a.png")]
    [InlineData("http://example.com\\@127.0.0.1/a.png")]
    [InlineData("http:\\\\example.com/a.png")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0x7f.0.0.1/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://127.1/")]
    [InlineData("http://010.8.8.8/")]
    [InlineData("http://example.com/a b.png")]
    [InlineData("http://example.com/a\nb")]
    public void Url_with_a_second_meaning_is_refused(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url))
            return; // the parser refused it first

        var refusal = Assert.Throws<GessoException>(() => FetchUrl.Check(url));

        Assert.Equal("url_not_allowed", refusal.Code);
        Assert.Equal(ErrorKind.InvalidRequest, refusal.Kind);
    }

    [Fact]
    public void Url_that_is_too_long_is_refused() =>
        Assert.Throws<GessoException>(() => FetchUrl.Check(new Uri("http://example.com/" + new string('a', 3000))));

    [Theory]
    [InlineData("https://example.com/a.png")]
    [InlineData("http://example.com:8080/a.png?size=large#top")]
    [InlineData("https://bücher.example/a.png")]
    [InlineData("http://203.0.113.7/a.png")]
    [InlineData("http://[2606:4700::1111]:8443/a.png")]
    public void Usual_url_passes(string text) => Assert.Equal(new Uri(text), FetchUrl.Check(new Uri(text)));

    [Theory]
    [InlineData(80, true)]
    [InlineData(443, true)]
    [InlineData(8080, true)]
    [InlineData(22, false)]
    [InlineData(25, false)]
    [InlineData(1023, false)]
    public void Port_of_another_service_is_closed(int port, bool open) => Assert.Equal(open, FetchUrl.IsOpenPort(port));
}
