namespace Gesso.Engine.Tests.Hub;

/// <summary>Lets waits of up to 45 s pass at once and writes them down; longer ones (the stall guard) never end.</summary>
internal sealed class PatienceClock : TimeProvider
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(45);
    private readonly Lock _gate = new();
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public List<double> Waits { get; } = [];

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.Zero || dueTime > s_longest)
            return new NoTimer();
        lock (_gate)
        {
            Waits.Add(dueTime.TotalSeconds);
            _now += dueTime;
        }
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new NoTimer();
    }

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
