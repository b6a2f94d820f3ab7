using Gesso.Contracts.Models;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;
using Gesso.Server.Auth;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Workers;

namespace Gesso.Server.Native;

/// <summary>What there is and how busy it is: models, adapters, status, and the number that scales workers.</summary>
internal sealed class StatusEndpoints(ModelDirectory models, AdapterDirectory adapters, IJobStore jobs, QueueEstimate estimate, ServerOptions options, TimeProvider time)
{
    /// <summary>Work that is waiting should be started within this time: what the number of wanted workers aims at.</summary>
    private const double TargetWaitSeconds = 30;

    public async Task ModelsAsync(HttpContext context)
    {
        var cancellation = context.RequestAborted;
        var served = await models.ListAsync(cancellation).ConfigureAwait(false);
        ModelCatalog catalog = new([.. served.Select(Describe)], (await models.DefaultAsync(cancellation).ConfigureAwait(false)).Name);
        await context.AnswerAsync(catalog, ServerJson.Default.ModelCatalog).ConfigureAwait(false);
    }

    public async Task AdaptersAsync(HttpContext context)
    {
        var there = await adapters.ListAsync(context.Caller(), context.RequestAborted).ConfigureAwait(false);
        AdapterList list = new([.. there.Select(a => new AdapterView(a.Name, a.Models, a.Family, a.Trigger, a.Problem))]);
        await context.AnswerAsync(list, ServerJson.Default.AdapterList).ConfigureAwait(false);
    }

    public async Task StatusAsync(HttpContext context)
    {
        var cancellation = context.RequestAborted;
        var key = context.Caller().Key;
        bool all = context.Caller().IsAdmin;
        var numbers = await jobs.NumbersAsync(all ? null : key.Tenant, cancellation).ConfigureAwait(false);
        double wait = await estimate.WaitAsync(numbers.QueuedSeconds, cancellation).ConfigureAwait(false);
        var workers = await models.WorkersAsync(cancellation).ConfigureAwait(false);
        var limits = options.Limits;
        StatusView status = new(
            ServerVersion.Text,
            new QueueView(numbers.Queued, numbers.Running, Math.Round(wait, 1)),
            workers.Count(w => w.State == WorkerState.Ready),
            all ? [.. workers.Select(w => Describe(w))] : null,
            new KeyNote(key.Id.Value, key.Name, key.Role.ToString().ToLowerInvariant(), key.Tenant.Value),
            new LimitsView(
                Math.Min(limits.MaxPixels, key.Limits.MaxPixels ?? long.MaxValue), limits.MaxSteps, limits.MaxCount, limits.MaxAdapters, limits.MaxPromptCharacters,
                limits.MaxBodyBytes, limits.MaxPictureBytes, limits.MaxPicturePixels, limits.MaxBatchLines, Math.Min(limits.TenantQueue, key.Limits.QueuedJobs ?? int.MaxValue),
                key.Limits.RequestsPerMinute ?? limits.RequestsPerMinute, key.Limits.PicturesPerMinute ?? limits.PicturesPerMinute));
        await context.AnswerAsync(status, ServerJson.Default.StatusView).ConfigureAwait(false);
    }

    public async Task BacklogAsync(HttpContext context)
    {
        var cancellation = context.RequestAborted;
        var numbers = await jobs.NumbersAsync(null, cancellation).ConfigureAwait(false);
        var workers = await models.WorkersAsync(cancellation).ConfigureAwait(false);
        int ready = workers.Count(w => w.State == WorkerState.Ready && w.Device != NullWorker.Device);
        int wanted = (int)Math.Min(10_000, Math.Ceiling(numbers.QueuedSeconds / TargetWaitSeconds));
        // whoever runs keeps running: scaling down takes idle workers only
        wanted = Math.Max(wanted, (int)Math.Min(numbers.Running, ready));
        BacklogView backlog = new(Math.Round(numbers.QueuedSeconds, 3), numbers.Queued, numbers.Running, ready, wanted);
        await context.AnswerAsync(backlog, ServerJson.Default.BacklogView).ConfigureAwait(false);
    }

    private static ModelView Describe(ServedModel model) => new(
        model.Name, model.Aliases, model.IsReady, model.Card?.Variant, model.Card?.Defaults is { } defaults ? Describe(defaults) : null, model.Card?.PixelStep,
        model.Card?.TakesGuidance, model.Card?.MaxTextLength, model.Workers, model.Problem);

    private static ModelDefaultsView Describe(ModelDefaults defaults) => new(
        defaults.Size.ToString(), defaults.Steps, defaults.Guidance, defaults.TrueGuidance, defaults.NegativePrompt, defaults.TextLength, defaults.Sampler);

    private WorkerView Describe(WorkerRecord worker) => new(
        worker.Id.Value, worker.Host, worker.ProcessId, worker.Device, worker.State.ToString().ToLowerInvariant(), worker.Models, worker.Resident,
        Math.Round(Math.Max(0, (time.GetUtcNow() - worker.Seen).TotalSeconds), 1), worker.BadModels);
}
