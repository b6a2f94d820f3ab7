namespace Gesso.Server.Health;

/// <summary>
/// The last phase of a server: it says that it is going, then ends what can be taken up elsewhere, then what cannot. Jobs are not touched: they are in the store.
/// </summary>
public sealed class Drain : IDisposable
{
    private readonly CancellationTokenSource _streams = new();
    private readonly CancellationTokenSource _waits = new();
    private volatile bool _draining;

    /// <summary>No new work should be sent here.</summary>
    public bool IsDraining => _draining;

    /// <summary>Streams that a client resumes by itself (events with ids) end now, with a <c>retry:</c> for its next try.</summary>
    public CancellationToken Streams => _streams.Token;

    /// <summary>Callers that still wait are told to come again; their job goes on.</summary>
    public CancellationToken Waits => _waits.Token;

    public void Dispose()
    {
        _streams.Dispose();
        _waits.Dispose();
    }

    internal void Announce() => _draining = true;

    internal Task EndStreamsAsync() => _streams.CancelAsync();

    internal Task EndWaitsAsync() => _waits.CancelAsync();
}
