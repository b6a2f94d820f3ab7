namespace Gesso.Server.Health;

/// <summary>
/// Whether the thread pool still takes work. Full is not dead: a disk or share that hangs can fill it for a while, and a restart would not mend that. One that
/// began nothing for minutes will not come back by itself.
/// </summary>
/// <param name="queue">Hands work to the pool.</param>
/// <param name="time">The clock.</param>
internal sealed class PoolPulse(Action<Action> queue, TimeProvider time)
{
    public static readonly TimeSpan Standstill = TimeSpan.FromMinutes(5);

    private volatile bool _ran = true;
    private long _asked;

    /// <summary>Asked by one thread.</summary>
    public bool Beats()
    {
        if (!_ran)
            return time.GetElapsedTime(_asked) < Standstill;
        _ran = false;
        _asked = time.GetTimestamp();
        queue(() => _ran = true);
        return true;
    }
}
