using System.Net;
using System.Net.Sockets;
using Gesso.Contracts.Errors;
using Gesso.Server.Fetching;
using Gesso.Server.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Fetching;

public sealed class PictureFetcherTests
{
    private static readonly byte[] Png = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 1, 2, 3, 4];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fetcher_brings_the_bytes_of_a_picture()
    {
        await using var site = await LocalSite.StartAsync(context => context.Response.Body.WriteAsync(Png, Cancellation).AsTask());
        using var http = Loopback();

        Assert.Equal(Png, await Fetcher(http).FetchAsync(new Uri(site.Url, "/a.png"), Cancellation));
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://[::1]:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://0.0.0.0:{0}/")]
    [InlineData("http://inside.example:{0}/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    public async Task Fetcher_never_connects_inside(string url)
    {
        bool reached = false;
        await using var site = await LocalSite.StartAsync(_ =>
        {
            reached = true;
            return Task.CompletedTask;
        });
        using GuardedHttp http = new(new AddressRules([]), Resolve("inside.example", "127.0.0.1"));

        var refusal = await Assert.ThrowsAsync<GessoException>(() =>
            Fetcher(http).FetchAsync(new Uri(string.Format(System.Globalization.CultureInfo.InvariantCulture, url, site.Url.Port)), Cancellation));

        Assert.Equal("url_not_allowed", refusal.Code);
        Assert.False(reached);
    }

    [Fact]
    public async Task Fetcher_says_the_same_of_a_private_name_and_of_one_that_does_not_exist()
    {
        using GuardedHttp http = new(new AddressRules([]), Resolve("inside.example", "10.1.2.3"));
        var fetcher = Fetcher(http);

        var inside = await Assert.ThrowsAsync<GessoException>(() => fetcher.FetchAsync(new Uri("http://inside.example/"), Cancellation));
        var missing = await Assert.ThrowsAsync<GessoException>(() => fetcher.FetchAsync(new Uri("http://missing.example/"), Cancellation));

        Assert.Equal(missing.Message, inside.Message);
        Assert.DoesNotContain("10.1.2.3", inside.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetcher_connects_to_the_address_that_was_checked_not_to_a_later_one()
    {
        await using var site = await LocalSite.StartAsync(context => context.Response.Body.WriteAsync(Png, Cancellation).AsTask());
        int asked = 0;
        // the first answer is allowed, every later one would lead elsewhere
        using GuardedHttp http = new(new AddressRules(["127.0.0.1/32"]), (_, _) => Task.FromResult(new[] { IPAddress.Parse(asked++ == 0 ? "127.0.0.1" : "127.0.0.2") }));

        Assert.Equal(Png, await Fetcher(http).FetchAsync(new Uri($"http://moving.example:{site.Url.Port}/"), Cancellation));
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Fetcher_leaves_out_closed_addresses_of_a_name_with_several()
    {
        await using var site = await LocalSite.StartAsync(context => context.Response.Body.WriteAsync(Png, Cancellation).AsTask());
        using GuardedHttp http = new(
            new AddressRules(["127.0.0.1/32"]), (_, _) => Task.FromResult(new[] { IPAddress.Parse("10.0.0.1"), IPAddress.Parse("127.0.0.1") }));

        Assert.Equal(Png, await Fetcher(http).FetchAsync(new Uri($"http://several.example:{site.Url.Port}/"), Cancellation));
    }

    [Fact]
    public async Task Fetcher_does_not_speak_to_ports_of_other_services()
    {
        using GuardedHttp http = new(new AddressRules([]), Resolve("mail.example", "8.8.8.8"));

        var refusal = await Assert.ThrowsAsync<GessoException>(() => Fetcher(http).FetchAsync(new Uri("http://mail.example:25/"), Cancellation));

        Assert.Equal("url_not_allowed", refusal.Code);
    }

    [Fact]
    public async Task Fetcher_follows_three_redirects_on_the_same_host()
    {
        await using var site = await LocalSite.StartAsync(context => Hop(context, last: 3));
        using var http = Loopback();

        Assert.Equal(Png, await Fetcher(http).FetchAsync(new Uri(site.Url, "/0"), Cancellation));
    }

    [Fact]
    public async Task Fetcher_gives_up_at_the_fourth_redirect()
    {
        await using var site = await LocalSite.StartAsync(context => Hop(context, last: 4));
        using var http = Loopback();

        var refusal = await Assert.ThrowsAsync<GessoException>(() => Fetcher(http).FetchAsync(new Uri(site.Url, "/0"), Cancellation));

        Assert.Equal("picture_not_fetched", refusal.Code);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://other.example/a.png")]
    [InlineData("file:///etc/passwd")]
    [InlineData("//10.0.0.1/a.png")]
    public async Task Fetcher_follows_no_redirect_to_another_host(string location)
    {
        await using var site = await LocalSite.StartAsync(context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = location;
            return Task.CompletedTask;
        });
        using var http = Loopback();

        var refusal = await Assert.ThrowsAsync<GessoException>(() => Fetcher(http).FetchAsync(site.Url, Cancellation));

        Assert.Equal("url_not_allowed", refusal.Code);
    }

    [Fact]
    public async Task Fetcher_stops_at_the_size_limit_whatever_the_header_says()
    {
        await using var site = await LocalSite.StartAsync(async context =>
        {
            await context.Response.Body.WriteAsync(Png, Cancellation);
            byte[] more = new byte[64 << 10];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(more, context.RequestAborted);
        });
        using var http = Loopback();

        var refusal = await Assert.ThrowsAsync<GessoException>(() => Fetcher(http, new LimitOptions { MaxPictureBytes = 1 << 20 }).FetchAsync(site.Url, Cancellation));

        Assert.Equal("picture_too_large", refusal.Code);
    }

    [Fact]
    public async Task Fetcher_refuses_a_declared_size_before_reading()
    {
        await using var site = await LocalSite.StartAsync(async context =>
        {
            context.Response.ContentLength = 1L << 40;
            await context.Response.Body.WriteAsync(Png, Cancellation);
            await context.Response.Body.FlushAsync(Cancellation);
        });
        using var http = Loopback();

        var refusal = await Assert.ThrowsAsync<GessoException>(() => Fetcher(http).FetchAsync(site.Url, Cancellation));

        Assert.Equal("picture_too_large", refusal.Code);
    }

    [Theory]
    [InlineData("<html><body>sign in</body></html>", "image/png")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")]
    [InlineData("GIF89a..........", "image/gif")]
    [InlineData("", "image/png")]
    public async Task Fetcher_goes_by_the_bytes_not_by_the_type(string content, string type)
    {
        await using var site = await LocalSite.StartAsync(context =>
        {
            context.Response.ContentType = type;
            return context.Response.WriteAsync(content, Cancellation);
        });
        using var http = Loopback();

        var refusal = await Assert.ThrowsAsync<GessoException>(() => Fetcher(http).FetchAsync(site.Url, Cancellation));

        Assert.Equal("not_a_picture", refusal.Code);
    }

    [Fact]
    public async Task Fetcher_gives_up_on_a_host_that_dawdles()
    {
        TaskCompletionSource asked = new();
        await using var site = await LocalSite.StartAsync(async context =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var http = Loopback();
        FakeTimeProvider time = new();

        var fetch = new PictureFetcher(http, new ServerOptions(), time).FetchAsync(site.Url, Cancellation);
        await asked.Task;
        time.Advance(TimeSpan.FromSeconds(21));

        Assert.Equal("picture_not_fetched", (await Assert.ThrowsAsync<GessoException>(() => fetch)).Code);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    public async Task Fetcher_tells_the_status_of_a_refusal(int status)
    {
        await using var site = await LocalSite.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        using var http = Loopback();

        var refusal = await Assert.ThrowsAsync<GessoException>(() => Fetcher(http).FetchAsync(site.Url, Cancellation));

        Assert.Contains(status.ToString(System.Globalization.CultureInfo.InvariantCulture), refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetcher_tells_no_cause_of_a_host_that_refuses_connections()
    {
        using var http = Loopback();
        using TcpListener closed = new(IPAddress.Loopback, 0);
        closed.Start();
        int port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();

        var refusal = await Assert.ThrowsAsync<GessoException>(() => Fetcher(http).FetchAsync(new Uri($"http://127.0.0.1:{port}/"), Cancellation));

        Assert.Equal("picture_not_fetched", refusal.Code);
        Assert.DoesNotContain("refused", refusal.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static GuardedHttp Loopback() => new(new AddressRules(["127.0.0.0/8"]), (host, cancellation) => Dns.GetHostAddressesAsync(host, cancellation));

    private static PictureFetcher Fetcher(GuardedHttp http, LimitOptions? limits = null) => new(http, new ServerOptions { Limits = limits ?? new() }, TimeProvider.System);

    private static Func<string, CancellationToken, Task<IPAddress[]>> Resolve(string name, string address) => (host, _) => host == name
        ? Task.FromResult(new[] { IPAddress.Parse(address) })
        : host == "localhost" ? Task.FromResult(new[] { IPAddress.Loopback, IPAddress.IPv6Loopback }) : throw new SocketException((int)SocketError.HostNotFound);

    private static Task Hop(HttpContext context, int last)
    {
        int at = int.Parse(context.Request.Path.Value!.TrimStart('/'), System.Globalization.CultureInfo.InvariantCulture);
        if (at == last)
            return context.Response.Body.WriteAsync(Png, Cancellation).AsTask();
        context.Response.StatusCode = 302;
        context.Response.Headers.Location = $"/{at + 1}";
        return Task.CompletedTask;
    }
}
