using System.Collections.Frozen;
using Gesso.Platform.Workers;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;
using Gesso.Server.Json;

namespace Gesso.Server.Jobs;

/// <summary>
/// The models there are, by name: those of the configuration and those that workers elsewhere bring. What workers report is read again every few seconds,
/// behind the back of whoever asks, so that no request waits for it.
/// </summary>
internal sealed partial class ModelDirectory(ServerOptions options, IWorkerRegistry registry, TimeProvider time, ILogger<ModelDirectory> logger) : IDisposable
{
    /// <summary>The model of an empty configuration.</summary>
    public const string Bundled = "gesso-mini";

    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(2);

    /// <summary>A worker whose beat stood still for this long does not count as one.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly Dictionary<string, (long Beat, long Since)> _beats = [];
    private Snapshot? _snapshot;

    /// <summary>All models, those of the configuration first.</summary>
    public async ValueTask<IReadOnlyList<ServedModel>> ListAsync(CancellationToken cancellation) => (await CurrentAsync(cancellation).ConfigureAwait(false)).Models;

    /// <summary>Workers that beat and take jobs.</summary>
    public async ValueTask<IReadOnlyList<WorkerRecord>> WorkersAsync(CancellationToken cancellation) =>
        (await CurrentAsync(cancellation).ConfigureAwait(false)).Workers;

    /// <summary>The one used where a request names none.</summary>
    public async ValueTask<ServedModel> DefaultAsync(CancellationToken cancellation) => (await CurrentAsync(cancellation).ConfigureAwait(false)).Default;

    /// <summary>Null: there is no model of this name or alias.</summary>
    public async ValueTask<ServedModel?> FindAsync(string name, CancellationToken cancellation) =>
        (await CurrentAsync(cancellation).ConfigureAwait(false)).ByName.GetValueOrDefault(name);

    /// <param name="name">Name or alias; null or empty: the default.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ApiException">404 <c>model_not_found</c> naming those there are.</exception>
    public async ValueTask<ServedModel> ResolveAsync(string? name, CancellationToken cancellation)
    {
        var snapshot = await CurrentAsync(cancellation).ConfigureAwait(false);
        if (string.IsNullOrEmpty(name))
            return snapshot.Default;
        return snapshot.ByName.TryGetValue(name, out var model) ? model : throw new ApiException(404, new ApiError(
            $"model: there is no model {Shown.Quote(name)} here; there are {string.Join(", ", snapshot.Models.SelectMany(m => m.Aliases.Prepend(m.Name)))}.",
            "invalid_request_error", "model", "model_not_found"));
    }

    public void Dispose() => _reading.Dispose();

    private ValueTask<Snapshot> CurrentAsync(CancellationToken cancellation)
    {
        if (_snapshot is not { } snapshot)
            return new ValueTask<Snapshot>(ReadFirstAsync(cancellation));
        if (time.GetElapsedTime(snapshot.Read) > s_fresh && _reading.Wait(0, CancellationToken.None))
            _ = RefreshAsync();
        return ValueTask.FromResult(snapshot);
    }

    private async Task<Snapshot> ReadFirstAsync(CancellationToken cancellation)
    {
        await _reading.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return _snapshot ??= await ReadAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task RefreshAsync()
    {
        try
        {
            _snapshot = await ReadAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // the names stay; what was known of workers is used a little longer
            _snapshot = _snapshot! with { Read = time.GetTimestamp() };
            Log.NotRead(logger, e.Message);
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task<Snapshot> ReadAsync(CancellationToken cancellation)
    {
        var facts = (await registry.ModelsAsync(cancellation).ConfigureAwait(false)).ToDictionary(f => f.Name, StringComparer.Ordinal);
        var workers = Alive(await registry.ListAsync(cancellation).ConfigureAwait(false));
        IEnumerable<KeyValuePair<string, ModelOptions>> configured = options.Models.Count > 0 ? options.Models : [new(Bundled, new ModelOptions())];
        List<ServedModel> models = [.. configured.Select(m => Describe(m.Key, m.Value, facts.GetValueOrDefault(m.Key), workers))];
        // what only workers elsewhere know counts while one of them is there
        var others = workers.SelectMany(w => w.Models).Distinct().Except(models.Select(m => m.Name)).Order(StringComparer.Ordinal);
        models.AddRange(others.ToList().Select(name => Describe(name, new ModelOptions(), facts.GetValueOrDefault(name), workers)));
        Dictionary<string, ServedModel> byName = new(StringComparer.Ordinal);
        foreach (var model in models)
            byName[model.Name] = model;
        foreach (var model in models)
        {
            foreach (string alias in model.Aliases)
                byName.TryAdd(alias, model);
        }
        var standard = options.DefaultModel is { } name && byName.TryGetValue(name, out var chosen) ? chosen : models.FirstOrDefault(m => !m.IsNull) ?? models[0];
        return new Snapshot(models, byName.ToFrozenDictionary(StringComparer.Ordinal), standard, workers, time.GetTimestamp());
    }

    private static ServedModel Describe(string name, ModelOptions model, ModelFacts? facts, IReadOnlyList<WorkerRecord> workers)
    {
        if (model.IsNull)
            return new ServedModel(name, model.Aliases, ServedModel.NullCard(name, model), null, IsNull: true, Workers: 1, null);
        int able = workers.Count(w => w.State == WorkerState.Ready && w.Models.Contains(name));
        string? problem = able > 0 ? null : workers.Select(w => w.BadModels.GetValueOrDefault(name)).FirstOrDefault(p => p is not null);
        return new ServedModel(name, model.Aliases, facts?.Card, facts?.SecondsPerUnit, IsNull: false, able, problem);
    }

    /// <summary>Those whose beat moved lately on this process's clock.</summary>
    private List<WorkerRecord> Alive(IReadOnlyList<WorkerRecord> workers)
    {
        long now = time.GetTimestamp();
        List<WorkerRecord> alive = [];
        foreach (var worker in workers)
        {
            string id = worker.Id.Value;
            if (!_beats.TryGetValue(id, out var seen) || seen.Beat != worker.Beat)
                _beats[id] = seen = (worker.Beat, now);
            if (time.GetElapsedTime(seen.Since, now) < s_silence)
                alive.Add(worker);
        }
        foreach (string gone in _beats.Keys.Except(workers.Select(w => w.Id.Value)).ToList())
            _beats.Remove(gone);
        return alive;
    }

    private sealed record Snapshot(
        IReadOnlyList<ServedModel> Models, FrozenDictionary<string, ServedModel> ByName, ServedModel Default, IReadOnlyList<WorkerRecord> Workers, long Read);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Workers and models could not be read: {Reason}")]
        public static partial void NotRead(ILogger logger, string reason);
    }
}
