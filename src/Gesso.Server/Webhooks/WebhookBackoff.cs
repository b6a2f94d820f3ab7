using System.Security.Cryptography;

namespace Gesso.Server.Webhooks;

/// <summary>
/// When to try again: the schedule that Standard Webhooks proposes, over about three days, spread by a tenth so that an endpoint that comes back is not met by all
/// at once.
/// </summary>
internal static class WebhookBackoff
{
    private const int Spread = 10;

    private static readonly TimeSpan[] Waits =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>Tries in all before a message is given up.</summary>
    public static int MaxTries => Waits.Length + 1;

    /// <param name="tries">How often it was tried, 1 and more.</param>
    /// <param name="asked">What the receiver asked for with Retry-After; respected up to a day.</param>
    /// <returns>Null: given up.</returns>
    public static TimeSpan? Next(int tries, TimeSpan? asked)
    {
        if (tries > Waits.Length)
            return null;
        var wait = Waits[tries - 1] * (1 + (RandomNumberGenerator.GetInt32(-1000, 1001) / (1000.0 * Spread)));
        var least = asked > Longest ? Longest : asked ?? TimeSpan.Zero;
        return wait > least ? wait : least;
    }
}
