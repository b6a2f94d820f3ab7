using System.Net;
using System.Net.Sockets;
using Gesso.Contracts.Errors;
using Gesso.Server.Health;
using Gesso.Server.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Health;

public sealed class LivenessThreadTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<Action> _pool = [];
    private readonly LivenessThread _live;
    private readonly HttpClient _probe = new() { Timeout = TimeSpan.FromSeconds(30) };

    public LivenessThreadTests()
    {
        _live = new LivenessThread(ListenAddress.Parse("http://127.0.0.1:0"), new PoolPulse(_pool.Add, _time));
        _ = _live.StartAsync(CancellationToken.None);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _live.Dispose();
        _probe.Dispose();
    }

    [Fact]
    public async Task Pool_that_takes_no_work_is_alive_until_it_stood_still_for_minutes()
    {
        Assert.Equal(HttpStatusCode.OK, await AskAsync("livez"));
        _time.Advance(PoolPulse.Standstill - TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, await AskAsync("livez"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync("livez"));

        Assert.Single(_pool)();

        Assert.Equal(HttpStatusCode.OK, await AskAsync("livez"));
    }

    [Fact]
    public async Task Only_liveness_is_answered()
    {
        Assert.Equal(HttpStatusCode.OK, await AskAsync("healthz"));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync("readyz"));
        Assert.Equal(HttpStatusCode.NotFound, await AskAsync("v1/models"));
    }

    [Fact]
    public async Task Callers_that_say_nothing_or_hang_up_hold_up_nobody_for_long()
    {
        using TcpClient silent = new();
        await silent.ConnectAsync(_live.EndPoint, Cancellation);
        using (TcpClient gone = new())
            await gone.ConnectAsync(_live.EndPoint, Cancellation);

        Assert.Equal(HttpStatusCode.OK, await AskAsync("livez"));
    }

    [Fact]
    public async Task Address_in_use_is_told_with_its_field()
    {
        using LivenessThread second = new(ListenAddress.Parse($"http://127.0.0.1:{_live.EndPoint.Port}"), new PoolPulse(_pool.Add, _time));

        var error = await Assert.ThrowsAsync<GessoException>(() => second.StartAsync(Cancellation));

        Assert.Equal("address_in_use", error.Code);
        Assert.Contains("telemetry:livenessUrl", error.Message, StringComparison.Ordinal);
    }

    private async Task<HttpStatusCode> AskAsync(string path)
    {
        using var answer = await _probe.GetAsync(new Uri($"http://{_live.EndPoint}/{path}"), Cancellation);
        return answer.StatusCode;
    }
}
