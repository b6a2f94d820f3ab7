using Gesso.Server.Hosting;

namespace Gesso.Server.Health;

/// <summary>How a server takes its leave.</summary>
public sealed record DrainOptions
{
    /// <summary>How long it keeps taking requests after it said it is going, until whoever routes to it has noticed.</summary>
    public required TimeSpan Delay { get; init; }

    /// <summary>How long callers that wait for a picture may go on waiting after that.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Nobody balances load onto a loopback address, so nobody has to notice.</summary>
    public static DrainOptions For(ServerOptions options) =>
        new() { Delay = Listening.Addresses(options).All(a => a.IsLoopback) ? TimeSpan.Zero : TimeSpan.FromSeconds(5) };
}

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
