using System.Net;
using System.Net.Sockets;
using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Platform.Accounts;
using Gesso.Server.Auth;
using Gesso.Server.Hosting;
using Gesso.Server.Telemetry;
using Gesso.Testing.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Gesso.Server.Tests.Security;

/// <summary>Where the server may be reached, through whom, and how much it bears with.</summary>
public sealed class ExposureTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Server_without_keys_listens_on_loopback_only()
    {
        var refusal = await Assert.ThrowsAsync<GessoException>(() => ServerFixture.StartAsync(new() { Url = "http://0.0.0.0:0" }));

        Assert.Equal("no_keys", refusal.Code);
        Assert.Contains("gesso keys create", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_of_a_client_is_believed_of_a_trusted_proxy_only()
    {
        await using var trusting = await StartAsync(new SecurityOptions { TrustedProxies = ["127.0.0.1"] });
        await using var other = await StartAsync(new SecurityOptions { TrustedProxies = ["10.0.0.0/8"] });

        Assert.Equal("203.0.113.7 https", await SeenAsync(trusting));
        Assert.Equal("127.0.0.1 http", await SeenAsync(other));
    }

    [Fact]
    public async Task Request_id_is_kept_of_a_trusted_proxy_only()
    {
        await using var trusting = await StartAsync(new SecurityOptions { TrustedProxies = ["127.0.0.1"] });
        await using var other = await StartAsync(new SecurityOptions());

        Assert.Equal("abc-123", await IdAsync(trusting, "abc-123"));
        Assert.StartsWith("req_", await IdAsync(trusting, "abc 123"), StringComparison.Ordinal);
        Assert.StartsWith("req_", await IdAsync(trusting, new string('a', 129)), StringComparison.Ordinal);
        Assert.StartsWith("req_", await IdAsync(other, "abc-123"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Body_above_the_limit_is_refused(bool declared)
    {
        await using var server = await ServerFixture.StartAsync(new()
        {
            Map = app => app.MapPost("/own/swallow", async context => await context.Request.Body.CopyToAsync(Stream.Null, Cancellation)).RequireRole(Role.Read),
            Options = o => o with { Limits = new LimitOptions { MaxBodyBytes = 10_000 } },
        });
        using var client = server.Client();
        using HttpRequestMessage request = new(HttpMethod.Post, "/own/swallow") { Content = new ByteArrayContent(new byte[10_001]) };
        request.Headers.TransferEncodingChunked = !declared;

        using var response = await client.SendAsync(request, Cancellation);

        var error = await response.ShouldRefuseAsync(413, "body_too_large");
        Assert.Contains("10000 bytes", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains("limits:maxBodyBytes", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_without_end_close_the_connection()
    {
        await using var server = await StartAsync(new SecurityOptions());
        using TcpClient tcp = new();
        await tcp.ConnectAsync(server.Url.Host, server.Url.Port, Cancellation);
        var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET /own/seen HTTP/1.1\r\nHost: localhost\r\n"), Cancellation);
        string header = "X-Filler: " + new string('a', 1000) + "\r\n";
        try
        {
            for (int i = 0; i < 100; i++)
                await stream.WriteAsync(Encoding.ASCII.GetBytes(header), Cancellation);
        }
        catch (IOException)
        {
            // it hung up while we were writing
        }

        using StreamReader reader = new(stream);
        string? status = null;
        try
        {
            status = await reader.ReadLineAsync(Cancellation);
        }
        catch (IOException)
        {
            // it hung up without a word
        }
        Assert.True(status is null || status.Contains(" 431 ", StringComparison.Ordinal), status);
    }

    private static Task<ServerFixture> StartAsync(SecurityOptions security) => ServerFixture.StartAsync(new()
    {
        Map = app => app.MapGet("/own/seen", (HttpContext context) => $"{context.Connection.RemoteIpAddress} {context.Request.Scheme}"),
        Options = o => o with { Security = security },
    });

    private static async Task<string> SeenAsync(ServerFixture server)
    {
        using var client = server.Client("");
        using HttpRequestMessage request = new(HttpMethod.Get, "/own/seen") { Headers = { { "X-Forwarded-For", "203.0.113.7" }, { "X-Forwarded-Proto", "https" } } };
        using var response = await client.SendAsync(request, Cancellation);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }

    private static async Task<string> IdAsync(ServerFixture server, string sent)
    {
        using var client = server.Client("");
        using HttpRequestMessage request = new(HttpMethod.Get, "/own/seen") { Headers = { { RequestIdentity.Header, sent } } };
        using var response = await client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response.Headers.GetValues(RequestIdentity.Header).Single();
    }
}
