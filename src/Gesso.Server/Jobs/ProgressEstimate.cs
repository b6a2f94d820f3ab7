using Gesso.Platform.Jobs;

namespace Gesso.Server.Jobs;

/// <summary>How far a running job is, and how long the rest takes.</summary>
/// <param name="Fraction">Of all its pictures, 0 to 1.</param>
/// <param name="SecondsLeft">Null: not known.</param>
internal readonly record struct ProgressEstimate(double Fraction, double? SecondsLeft)
{
    public static ProgressEstimate Of(Job? job, JobProgress progress, DateTimeOffset now)
    {
        double fraction = Math.Clamp((progress.Image + ((double)progress.Step / Math.Max(1, progress.Steps))) / Math.Max(1, progress.Images), 0, 1);
        double elapsed = job?.Started is { } started ? (now - started).TotalSeconds : 0;
        // a later attempt may have started in the middle, so its time says nothing about its speed
        bool isKnown = fraction > 0 && elapsed > 0 && progress.Attempt.Number == 1;
        return new ProgressEstimate(Math.Round(fraction, 4), isKnown ? Math.Round(elapsed * (1 - fraction) / fraction, 1) : null);
    }
}
