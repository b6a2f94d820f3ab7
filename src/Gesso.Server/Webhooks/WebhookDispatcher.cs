using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using Gesso.Platform.Jobs;
using Gesso.Platform.Webhooks;

namespace Gesso.Server.Webhooks;

/// <summary>
/// Delivers what the outbox holds. Taking a message puts it off for <see cref="Lease"/>, so no other server sends it meanwhile and a server that dies only delays
/// it: every message arrives at least once, with the same <c>webhook-id</c> each time. A host that is slow holds back its own messages, not those of others.
/// </summary>
internal sealed partial class WebhookDispatcher : BackgroundService
{
    /// <summary>Longer than a try can take.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    private const int AtOnce = 32;
    private const int AtOncePerHost = 4;

    /// <summary>How late a message may set out. Waiting for changes instead would have the store look for those of other processes all day, for nothing.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(200);

    private readonly IWebhookOutbox _outbox;
    private readonly IJobStore _jobs;
    private readonly WebhookSender _sender;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookDispatcher> _logger;
    private readonly Counter<long> _deliveries;
    private readonly ConcurrentDictionary<string, int> _busy = new(StringComparer.OrdinalIgnoreCase);

    public WebhookDispatcher(
        IWebhookOutbox outbox, IJobStore jobs, WebhookSender sender, IMeterFactory meters, TimeProvider time, ILogger<WebhookDispatcher> logger)
    {
        (_outbox, _jobs, _sender, _time, _logger) = (outbox, jobs, sender, time, logger);
        _deliveries = meters.Create("Gesso.Server.Webhooks").CreateCounter<long>("gesso_webhook_deliveries_total", description: "Tries to deliver webhooks, by outcome.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        bool away = false;
        List<Task> running = [];
        while (!stoppingToken.IsCancellationRequested)
        {
            running.RemoveAll(t => t.IsCompleted);
            try
            {
                int free = AtOnce - running.Count;
                if (free > 0)
                    running.AddRange(await StartDueAsync(free, stoppingToken).ConfigureAwait(false));
                away = false;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (!away)
                    Log.StoreAway(_logger, e);
                away = true;
            }
            await Task.Delay(running.Count < AtOnce ? Idle : Busy, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Takes what is due and sets out with it; a task each, done when its outcome is stored.</summary>
    internal async Task<IReadOnlyList<Task>> StartDueAsync(int limit, CancellationToken cancellation)
    {
        var now = _time.GetUtcNow();
        var due = await _outbox.TakeDueAsync(now, now + Lease, limit, cancellation).ConfigureAwait(false);
        return [.. due.Select(d => HandleAsync(d, cancellation))];
    }

    private async Task HandleAsync(WebhookDelivery delivery, CancellationToken cancellation)
    {
        string host = delivery.Target.Url.IdnHost;
        bool free = _busy.AddOrUpdate(host, 1, static (_, busy) => busy + 1) <= AtOncePerHost;
        try
        {
            await (free ? DeliverAsync(delivery, cancellation) : PutOffAsync(delivery, cancellation)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // its lease ends and it is taken again: at least once
            Log.NotStored(_logger, delivery.Job.Value, e);
        }
        finally
        {
            if (_busy.AddOrUpdate(host, 0, static (_, busy) => busy - 1) == 0)
                _busy.TryRemove(new KeyValuePair<string, int>(host, 0));
        }
    }

    private Task PutOffAsync(WebhookDelivery delivery, CancellationToken cancellation)
    {
        var wait = TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(1000, 5000));
        return _outbox.RescheduleAsync(delivery.Id, delivery.Tries, _time.GetUtcNow() + wait, cancellation);
    }

    private async Task DeliverAsync(WebhookDelivery delivery, CancellationToken cancellation)
    {
        var job = await _jobs.FindAsync(delivery.Tenant, delivery.Job, cancellation).ConfigureAwait(false);
        if (job is null)
        {
            await _outbox.RemoveAsync(delivery.Id, cancellation).ConfigureAwait(false);
            return;
        }
        var result = await _sender.SendAsync(delivery, job, cancellation).ConfigureAwait(false);
        int tries = delivery.Tries + 1;
        if (result.Answer == WebhookAnswer.Failed && WebhookBackoff.Next(tries, result.RetryAfter) is { } wait)
        {
            Count("retried");
            await _outbox.RescheduleAsync(delivery.Id, tries, _time.GetUtcNow() + wait, cancellation).ConfigureAwait(false);
            return;
        }
        Count(result.Answer switch { WebhookAnswer.Taken => "delivered", WebhookAnswer.Gone => "gone", _ => "given_up" });
        if (result.Answer == WebhookAnswer.Failed)
            Log.GivenUp(_logger, delivery.Job.Value, tries, result.Detail);
        await _outbox.RemoveAsync(delivery.Id, cancellation).ConfigureAwait(false);
    }

    private void Count(string outcome) => _deliveries.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Webhooks wait until the store can be read again")]
        public static partial void StoreAway(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "What became of the webhook of {Job} could not be stored; it is sent again")]
        public static partial void NotStored(ILogger logger, string job, Exception exception);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The webhook of {Job} is given up after {Tries} tries, the last one: {Detail}")]
        public static partial void GivenUp(ILogger logger, string job, int tries, string detail);
    }
}
