using Gesso.Server.Hosting;

namespace Gesso.Server.Health;

/// <summary>
/// Runs the drain before Kestrel is told to stop: Kestrel refuses connections from that moment on, while balancers still send some
/// (https://github.com/dotnet/aspnetcore/issues/30387).
/// </summary>
internal sealed partial class DrainService(Drain drain, ServerOptions options, TimeProvider time, ILogger<DrainService> logger) : IHostedLifecycleService, IDisposable
{
    private readonly TimeSpan _delay = options.DrainDelayOrDefault;
    private readonly TimeSpan _grace = options.Drain.Grace;
    private ITimer? _end;

    /// <summary>What the host must allow for stopping: the drain, and some seconds for the rest.</summary>
    public static TimeSpan ShutdownTimeout(ServerOptions options) => options.DrainDelayOrDefault + options.Drain.Grace + TimeSpan.FromSeconds(30);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        drain.Announce();
        Log.Draining(logger, _delay.TotalSeconds, _grace.TotalSeconds);
        if (_delay > TimeSpan.Zero)
            await Task.Delay(_delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await drain.EndStreamsAsync().ConfigureAwait(false);
        _end = time.CreateTimer(_ => _ = drain.EndWaitsAsync(), null, _grace, Timeout.InfiniteTimeSpan);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _end?.Dispose();

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: taking requests for {Delay} s more, waiting callers for {Grace} s at most")]
        public static partial void Draining(ILogger logger, double delay, double grace);
    }
}
