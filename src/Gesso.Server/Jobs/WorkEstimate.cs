using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;

namespace Gesso.Server.Jobs;

/// <summary>
/// Device time that a job will take: megapixels × steps × pictures × network calls a step, times what a worker measured. Fair shares and waiting times rest on
/// it; the scheduler corrects shares by the time really taken.
/// </summary>
internal static class WorkEstimate
{
    /// <summary>Used until a worker has measured: a large model on a good graphics card.</summary>
    private const double UnmeasuredSecondsPerUnit = 0.1;

    /// <summary>No job is free: a tenant with a thousand tiny ones has had its turn.</summary>
    private const double Least = 0.001;

    private static readonly ImageSize s_unknownSize = new(1024, 1024);
    private const int UnknownSteps = 20;

    public static double Seconds(ImageJob work, ServedModel model, double nullStepSeconds)
    {
        var defaults = model.Card?.Defaults;
        int steps = work.Steps ?? defaults?.Steps ?? UnknownSteps;
        if (model.IsNull)
            return Math.Max(Least, work.Count * steps * nullStepSeconds);
        var size = work.Size ?? defaults?.Size ?? s_unknownSize;
        double run = work.InitImage is null ? steps : Math.Max(1, steps * (work.Strength ?? 1));
        double calls = (work.TrueGuidance ?? defaults?.TrueGuidance ?? 1) > 1 ? 2 : 1;
        return Math.Max(Least, size.Pixels / 1e6 * run * calls * work.Count * (model.SecondsPerUnit ?? UnmeasuredSecondsPerUnit));
    }
}
