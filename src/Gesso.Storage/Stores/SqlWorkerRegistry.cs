using System.Text.Json;
using Gesso.Platform;
using Gesso.Platform.Workers;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Stores;

/// <summary>What workers tell of themselves, in SQL.</summary>
internal sealed class SqlWorkerRegistry(ISqlDatabase database) : IWorkerRegistry
{
    public Task SaveAsync(WorkerRecord worker, CancellationToken cancellation = default) => database.ExecuteAsync(
        WriteKind.Relaxed,
        "INSERT INTO workers (id, record, beat) VALUES ($1, $2, 1) ON CONFLICT (id) DO UPDATE SET record = excluded.record, beat = workers.beat + 1",
        [worker.Id.Value, JsonSerializer.Serialize(worker, StorageJson.Default.WorkerRecord)],
        cancellation);

    public Task RemoveAsync(WorkerId worker, CancellationToken cancellation = default) =>
        database.ExecuteAsync(WriteKind.Relaxed, "DELETE FROM workers WHERE id = $1", [worker.Value], cancellation);

    public Task<IReadOnlyList<WorkerRecord>> ListAsync(CancellationToken cancellation = default) => database.QueryAsync(
        "SELECT record, beat FROM workers ORDER BY id",
        [],
        r => JsonSerializer.Deserialize(r.Text(), StorageJson.Default.WorkerRecord)! with { Beat = r.Long() },
        cancellation);

    public Task SaveAsync(ModelFacts model, CancellationToken cancellation = default) => database.ExecuteAsync(
        WriteKind.Relaxed,
        "INSERT INTO models (name, facts) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET facts = excluded.facts WHERE models.facts <> excluded.facts",
        [model.Name, JsonSerializer.Serialize(model, StorageJson.Default.ModelFacts)],
        cancellation);

    public Task<IReadOnlyList<ModelFacts>> ModelsAsync(CancellationToken cancellation = default) => database.QueryAsync(
        "SELECT facts FROM models ORDER BY name", [], r => JsonSerializer.Deserialize(r.Text(), StorageJson.Default.ModelFacts)!, cancellation);
}
