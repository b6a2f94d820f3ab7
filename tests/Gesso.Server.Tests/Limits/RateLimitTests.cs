using System.Net;
using Gesso.Platform.Accounts;
using Gesso.Server.Auth;
using Gesso.Server.Limits;
using Gesso.Testing.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Limits;

public sealed class RateLimitTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_above_the_limit_are_told_when_to_come_again()
    {
        await using var server = await StartAsync();
        using var client = server.Client(await server.NewKeyAsync(Role.Read, limits: new KeyLimits { RequestsPerMinute = 3 }));

        using var first = await client.GetAsync("/own/read", Cancellation);
        using var second = await client.GetAsync("/own/read", Cancellation);
        using var third = await client.GetAsync("/own/read", Cancellation);
        using var fourth = await client.GetAsync("/own/read", Cancellation);

        Assert.Equal(("3", "2", "20s"), Headers(first, "requests"));
        Assert.Equal(("3", "0", "1m0s"), Headers(third, "requests"));
        var error = await fourth.ShouldRefuseAsync(429, "rate_limit_exceeded");
        Assert.Equal("rate_limit_error", error.GetProperty("type").GetString());
        Assert.Equal("20", fourth.Headers.GetValues("retry-after").Single());
        Assert.Equal("20000", fourth.Headers.GetValues("retry-after-ms").Single());
        _time.Advance(TimeSpan.FromSeconds(20));
        using var later = await client.GetAsync("/own/read", Cancellation);
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Fact]
    public async Task Keys_do_not_share_their_limits()
    {
        await using var server = await StartAsync();
        KeyLimits one = new() { RequestsPerMinute = 1 };
        using var first = server.Client(await server.NewKeyAsync(Role.Read, limits: one));
        using var second = server.Client(await server.NewKeyAsync(Role.Read, limits: one));

        using var a = await first.GetAsync("/own/read", Cancellation);
        using var b = await second.GetAsync("/own/read", Cancellation);
        using var c = await first.GetAsync("/own/read", Cancellation);

        Assert.Equal(HttpStatusCode.OK, a.StatusCode);
        Assert.Equal(HttpStatusCode.OK, b.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, c.StatusCode);
    }

    [Fact]
    public async Task Pictures_are_counted_apart_from_requests()
    {
        await using var server = await StartAsync();
        using var client = server.Client(await server.NewKeyAsync(Role.Read, limits: new KeyLimits { PicturesPerMinute = 10 }));

        using var first = await client.GetAsync("/own/draw?n=7", Cancellation);
        using var second = await client.GetAsync("/own/draw?n=4", Cancellation);
        using var third = await client.GetAsync("/own/draw?n=3", Cancellation);

        Assert.Equal(("10", "3", "42s"), Headers(first, "images"));
        await second.ShouldRefuseAsync(429, "rate_limit_exceeded");
        Assert.Equal("6000", second.Headers.GetValues("retry-after-ms").Single());
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    private Task<ServerFixture> StartAsync() => ServerFixture.StartAsync(new()
    {
        Time = _time,
        Map = app =>
        {
            app.MapGet("/own/read", () => "read").RequireRole(Role.Read);
            app.MapGet("/own/draw", (int n, HttpContext context, RateLimits limits) => limits.TakePictures(context, n)).RequireRole(Role.Read);
        },
    });

    private static (string Limit, string Remaining, string Reset) Headers(HttpResponseMessage response, string what) => (
        response.Headers.GetValues("x-ratelimit-limit-" + what).Single(),
        response.Headers.GetValues("x-ratelimit-remaining-" + what).Single(),
        response.Headers.GetValues("x-ratelimit-reset-" + what).Single());
}
