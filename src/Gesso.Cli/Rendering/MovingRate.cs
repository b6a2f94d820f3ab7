namespace Gesso.Cli.Rendering;

/// <summary>
/// Progress per second over the last few samples, so that a slow first step or a pause is forgotten. The first sample is the starting point:
/// work done before it (a resumed download) does not count as speed.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="samples">How many samples to keep, at least 2.</param>
/// <param name="spacing">Samples closer than this replace the previous one.</param>
internal sealed class MovingRate(TimeProvider time, int samples, TimeSpan spacing)
{
    private readonly List<(long Stamp, double Amount)> _kept = [];

    /// <summary>Units per second; null until two samples at different times are there.</summary>
    public double? PerSecond
    {
        get
        {
            if (_kept.Count < 2)
                return null;
            double seconds = time.GetElapsedTime(_kept[0].Stamp, _kept[^1].Stamp).TotalSeconds;
            double amount = _kept[^1].Amount - _kept[0].Amount;
            return seconds > 0 && amount > 0 ? amount / seconds : null;
        }
    }

    /// <summary>Takes the total amount done so far.</summary>
    public void Add(double amount)
    {
        long now = time.GetTimestamp();
        if (_kept.Count > 1 && time.GetElapsedTime(_kept[^2].Stamp, now) < spacing)
            _kept.RemoveAt(_kept.Count - 1);
        _kept.Add((now, amount));
        if (_kept.Count > samples)
            _kept.RemoveAt(0);
    }

    /// <summary>Time for <paramref name="amount"/> more at the present rate; null while the rate is unknown.</summary>
    public TimeSpan? TimeFor(double amount)
    {
        const double longest = 1e7; // seconds, far beyond what is shown
        return PerSecond is { } rate ? TimeSpan.FromSeconds(Math.Min(amount / rate, longest)) : null;
    }
}
