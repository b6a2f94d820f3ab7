using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Workers;
using Gesso.Server.Hosting;

namespace Gesso.Server.Health;

/// <param name="Status"><c>ready</c> or <c>not_ready</c>.</param>
/// <param name="Reasons">Why not, a sentence each.</param>
public sealed record ReadinessReport(string Status, IReadOnlyList<string> Reasons)
{
    public static ReadinessReport Of(IReadOnlyList<string> reasons) => new(reasons.Count == 0 ? "ready" : "not_ready", reasons);
}

/// <summary>Whether new work should be sent here. Looked up once a second at most, however many ask: anybody may ask, and the answer costs a write.</summary>
internal sealed class Readiness(PlatformStores stores, ServerOptions options, Drain drain, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _one = new(1, 1);
    private (long At, IReadOnlyList<string> Reasons)? _last;

    public async Task<ReadinessReport> LookAsync(CancellationToken cancellation)
    {
        if (drain.IsDraining)
            return ReadinessReport.Of(["The server is stopping."]);
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_last is not { } last || time.GetElapsedTime(last.At) >= Fresh)
            {
                var reasons = await ReasonsAsync(cancellation).ConfigureAwait(false);
                _last = last = (time.GetTimestamp(), reasons);
            }
            return ReadinessReport.Of(last.Reasons);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<IReadOnlyList<string>> ReasonsAsync(CancellationToken cancellation)
    {
        using CancellationTokenSource patience = new(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            await stores.CheckAsync(both.Token).ConfigureAwait(false);
            return await HasWorkerAsync(both.Token).ConfigureAwait(false) ? [] : ["No worker is ready: it is still starting, or none is running."];
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return [$"The job store did not answer within {Patience.TotalSeconds:0} seconds."];
        }
        catch (GessoException e)
        {
            // the code only: the message may name files and hosts, and anybody may ask
            return [$"Jobs cannot be stored now ({e.Code})."];
        }
    }

    /// <summary>Where workers run elsewhere, jobs may wait for the first one: it may be started because they wait.</summary>
    private async Task<bool> HasWorkerAsync(CancellationToken cancellation) =>
        options.Workers == 0
        || options.Models.Values.Any(m => m.IsNull)
        || (await stores.Workers.ListAsync(cancellation).ConfigureAwait(false)).Any(w => w.State == WorkerState.Ready);
}
