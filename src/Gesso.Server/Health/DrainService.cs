namespace Gesso.Server.Health;

/// <summary>
/// Runs the drain before Kestrel is told to stop: Kestrel refuses connections from that moment on, while balancers still send some
/// (https://github.com/dotnet/aspnetcore/issues/30387).
/// </summary>
internal sealed partial class DrainService(Drain drain, DrainOptions options, TimeProvider time, ILogger<DrainService> logger) : IHostedLifecycleService, IDisposable
{
    private ITimer? _grace;

    /// <summary>What the host must allow for stopping: the drain, and some seconds for the rest.</summary>
    public static TimeSpan ShutdownTimeout(DrainOptions options) => options.Delay + options.Grace + TimeSpan.FromSeconds(30);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        drain.Announce();
        Log.Draining(logger, options.Delay.TotalSeconds, options.Grace.TotalSeconds);
        if (options.Delay > TimeSpan.Zero)
            await Task.Delay(options.Delay, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await drain.EndStreamsAsync().ConfigureAwait(false);
        _grace = time.CreateTimer(_ => _ = drain.EndWaitsAsync(), null, options.Grace, Timeout.InfiniteTimeSpan);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _grace?.Dispose();

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: taking requests for {Delay} s more, waiting callers for {Grace} s at most")]
        public static partial void Draining(ILogger logger, double delay, double grace);
    }
}
