using System.Collections.Concurrent;
using Gesso.Platform;
using Gesso.Platform.Workers;

namespace Gesso.Testing.Platform;

/// <summary>What workers tell of themselves, in memory.</summary>
internal sealed class MemoryWorkerRegistry : IWorkerRegistry
{
    private readonly ConcurrentDictionary<WorkerId, WorkerRecord> _workers = [];
    private readonly ConcurrentDictionary<string, ModelFacts> _models = [];

    public Task SaveAsync(WorkerRecord worker, CancellationToken cancellation = default)
    {
        _ = _workers.AddOrUpdate(worker.Id, _ => worker with { Beat = 1 }, (_, known) => worker with { Beat = known.Beat + 1 });
        return Task.CompletedTask;
    }

    public Task RemoveAsync(WorkerId worker, CancellationToken cancellation = default)
    {
        _ = _workers.TryRemove(worker, out _);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<WorkerRecord>> ListAsync(CancellationToken cancellation = default) =>
        Task.FromResult<IReadOnlyList<WorkerRecord>>([.. _workers.Values.OrderBy(w => w.Id.Value, StringComparer.Ordinal)]);

    public Task SaveAsync(ModelFacts model, CancellationToken cancellation = default)
    {
        _models[model.Name] = model;
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<ModelFacts>> ModelsAsync(CancellationToken cancellation = default) =>
        Task.FromResult<IReadOnlyList<ModelFacts>>([.. _models.Values.OrderBy(m => m.Name, StringComparer.Ordinal)]);
}
