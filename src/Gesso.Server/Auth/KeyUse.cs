using System.Collections.Concurrent;
using Gesso.Platform;
using Gesso.Platform.Accounts;

namespace Gesso.Server.Auth;

/// <summary>Writes down when keys were last used, to the minute and off the way of requests: one write for each key used in a minute.</summary>
internal sealed partial class KeyUse(IAccountStore accounts, TimeProvider time, ILogger<KeyUse> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private ConcurrentDictionary<ApiKeyId, bool> _used = new();

    public void Note(ApiKeyId key) => _used.TryAdd(key, true);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        await WriteAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            await WriteAsync(stoppingToken).ConfigureAwait(false);
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        var used = Interlocked.Exchange(ref _used, new ConcurrentDictionary<ApiKeyId, bool>());
        var now = time.GetUtcNow();
        var minute = new DateTimeOffset(now.Ticks - (now.Ticks % TimeSpan.TicksPerMinute), now.Offset);
        try
        {
            foreach (var key in used.Keys)
                await accounts.TouchAsync(key, minute, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // a nicety: the next use writes it again
            Log.NotWritten(logger, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "When keys were last used could not be written: {Reason}")]
        public static partial void NotWritten(ILogger logger, string reason);
    }
}
