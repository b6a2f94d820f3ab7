using Gesso.Contracts.Models;
using Gesso.Platform.Metering;

namespace Gesso.Platform.Workers;

public enum WorkerState
{
    /// <summary>Alive, nothing loaded yet.</summary>
    Starting,

    /// <summary>Takes jobs.</summary>
    Ready,

    /// <summary>Finishes what it has and takes nothing new.</summary>
    Draining,
}

/// <summary>A worker as it tells of itself.</summary>
public sealed record WorkerRecord
{
    public required WorkerId Id { get; init; }

    public required string Host { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>cpu, cuda:0 …</summary>
    public required string Device { get; init; }

    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Affinity key of what is in memory.</summary>
    public string? Resident { get; init; }

    public required WorkerState State { get; init; }

    /// <summary>Rises with every heartbeat.</summary>
    public long Beat { get; init; }

    /// <summary>Last heartbeat, by the worker's clock.</summary>
    public required DateTimeOffset Seen { get; init; }

    /// <summary>Why models of the configuration are not among <see cref="Models"/>, a sentence each.</summary>
    public IReadOnlyDictionary<string, string> BadModels { get; init; } = new Dictionary<string, string>();

    /// <summary>What lies in its folders of adapters, by name; at most <see cref="AdapterFacts.MostTold"/>.</summary>
    public IReadOnlyList<AdapterFacts> Adapters { get; init; } = [];

    /// <summary>What it counted since its start; servers show it with their own.</summary>
    public IReadOnlyList<MetricSnapshot> Metrics { get; init; } = [];
}

/// <summary>What a worker knows of a model once it has opened it.</summary>
/// <param name="Name">The name in the configuration.</param>
/// <param name="Card">Variant, defaults, limits.</param>
/// <param name="SecondsPerUnit">Device seconds for a megapixel and step, as measured; null: not yet.</param>
public sealed record ModelFacts(string Name, ModelCard Card, double? SecondsPerUnit);

public interface IWorkerRegistry
{
    /// <summary>Adds or replaces; <see cref="WorkerRecord.Beat"/> is raised by the store.</summary>
    Task SaveAsync(WorkerRecord worker, CancellationToken cancellation = default);

    Task RemoveAsync(WorkerId worker, CancellationToken cancellation = default);

    Task<IReadOnlyList<WorkerRecord>> ListAsync(CancellationToken cancellation = default);

    Task SaveAsync(ModelFacts model, CancellationToken cancellation = default);

    Task<IReadOnlyList<ModelFacts>> ModelsAsync(CancellationToken cancellation = default);
}
