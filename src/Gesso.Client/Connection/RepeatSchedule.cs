using System.Security.Cryptography;

namespace Gesso.Client.Connection;

/// <summary>
/// Waits between attempts: from a quarter of a second to eight seconds, doubling, each between half and the whole of it so that many clients do not come back in
/// step; longer where the server asks for it. It ends when patience does.
/// </summary>
internal sealed class RepeatSchedule(GessoClientOptions options)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(8);

    private int _failures;
    private long _since = options.Time.GetTimestamp();

    /// <summary>After a sign of life.</summary>
    public void Reset()
    {
        _failures = 0;
        _since = options.Time.GetTimestamp();
    }

    /// <summary>Waits for the next attempt; false, at once: there is none within the patience.</summary>
    public async Task<bool> WaitAsync(TimeSpan? asked, CancellationToken cancellation)
    {
        var most = TimeSpan.FromTicks(Math.Min(s_longest.Ticks, s_first.Ticks << Math.Min(_failures++, 16)));
        var wait = most * (0.5 + (RandomNumberGenerator.GetInt32(1000) / 2000.0));
        if (asked > wait)
            wait = asked.Value;
        if (options.Time.GetElapsedTime(_since) + wait > options.Patience)
            return false;
        await Task.Delay(wait, options.Time, cancellation).ConfigureAwait(false);
        return true;
    }
}
