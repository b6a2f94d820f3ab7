using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Workers;
using Microsoft.Extensions.Logging;

namespace Gesso.Worker;

/// <summary>
/// What a megapixel and step costs on this device, measured from jobs that were drawn in one go and told to servers: waiting times and fair shares rest on it.
/// </summary>
internal sealed partial class ModelSpeed(PlatformStores stores, ILogger logger)
{
    private const double Weight = 0.2;      // of the newest job in the moving average
    private const double Worth = 0.05;      // a smaller change is not stored

    private readonly Dictionary<string, (ModelFacts Told, double Rate)> _models = [];

    /// <summary>A model that this worker can draw with; a rate measured earlier is kept.</summary>
    public async Task TellAsync(ModelFacts facts, IReadOnlyList<ModelFacts> known)
    {
        var kept = facts with { SecondsPerUnit = known.FirstOrDefault(k => k.Name == facts.Name && k.Card.Fingerprint == facts.Card.Fingerprint)?.SecondsPerUnit };
        _models[facts.Name] = (kept, kept.SecondsPerUnit ?? 0);
        await stores.Workers.SaveAsync(kept).ConfigureAwait(false);
    }

    public async Task NoteAsync(IEnumerable<JobRun> runs)
    {
        foreach (var run in runs.Where(r => r is { DrawnWhole: true, Resume: null }))
        {
            var (told, rate) = _models[run.Job.Work.Model];
            var plan = run.Plan!.First;
            double units = plan.Size.Pixels / 1e6 * plan.StepsToRun * run.Plan.Count * (plan.UsesTrueGuidance ? 2 : 1);
            double measured = run.DeviceSeconds / units;
            rate = rate > 0 ? rate + (Weight * (measured - rate)) : measured;
            if (told.SecondsPerUnit is not { } before || Math.Abs(rate - before) > Worth * before)
                told = await StoreAsync(told with { SecondsPerUnit = rate }).ConfigureAwait(false);
            _models[run.Job.Work.Model] = (told, rate);
        }
    }

    private async Task<ModelFacts> StoreAsync(ModelFacts facts)
    {
        try
        {
            await stores.Workers.SaveAsync(facts).ConfigureAwait(false);
        }
        catch (GessoException e)
        {
            Log.NotStored(logger, e);
        }
        return facts;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The speed of a model could not be stored")]
        public static partial void NotStored(ILogger logger, Exception exception);
    }
}
