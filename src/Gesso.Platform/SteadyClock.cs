namespace Gesso.Platform;

/// <summary>
/// Wall time read once at the start and carried on by the monotonic clock: a clock set by an hour, or stepped by NTP, moves no deadline and no id of a
/// running process.
/// </summary>
public sealed class SteadyClock : TimeProvider
{
    private readonly DateTimeOffset _start = System.GetUtcNow();
    private readonly long _stamp = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _start + System.GetElapsedTime(_stamp);
}
