using System.Text.Json;
using Gesso.Platform;
using Gesso.Platform.Workers;
using Gesso.Storage.Sql;

namespace Gesso.Storage.Stores;

/// <summary>What workers tell of themselves, in SQL.</summary>
internal sealed class SqlWorkerRegistry(ISqlDatabase database) : IWorkerRegistry
{
    public Task SaveAsync(WorkerRecord worker, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute(
            "INSERT INTO workers (id, record, beat) VALUES (@id, @record, 1) ON CONFLICT (id) DO UPDATE SET record = excluded.record, beat = workers.beat + 1",
            ("id", worker.Id.Value), ("record", JsonSerializer.Serialize(worker, StorageJson.Default.WorkerRecord))),
        WriteKind.Relaxed, cancellation);

    public Task RemoveAsync(WorkerId worker, CancellationToken cancellation = default) =>
        database.WriteAsync(s => s.Execute("DELETE FROM workers WHERE id = @id", ("id", worker.Value)), WriteKind.Relaxed, cancellation);

    public Task<IReadOnlyList<WorkerRecord>> ListAsync(CancellationToken cancellation = default) => database.ReadAsync<IReadOnlyList<WorkerRecord>>(
        s => s.Query(
            "SELECT record, beat FROM workers ORDER BY id",
            r => JsonSerializer.Deserialize(r.GetString(0), StorageJson.Default.WorkerRecord)! with { Beat = r.GetInt64(1) }),
        cancellation);

    public Task SaveAsync(ModelFacts model, CancellationToken cancellation = default) => database.WriteAsync(
        s => s.Execute(
            "INSERT INTO models (name, facts) VALUES (@name, @facts) ON CONFLICT (name) DO UPDATE SET facts = excluded.facts",
            ("name", model.Name), ("facts", JsonSerializer.Serialize(model, StorageJson.Default.ModelFacts))),
        WriteKind.Relaxed, cancellation);

    public Task<IReadOnlyList<ModelFacts>> ModelsAsync(CancellationToken cancellation = default) => database.ReadAsync<IReadOnlyList<ModelFacts>>(
        s => s.Query("SELECT facts FROM models ORDER BY name", r => JsonSerializer.Deserialize(r.GetString(0), StorageJson.Default.ModelFacts)!), cancellation);
}
