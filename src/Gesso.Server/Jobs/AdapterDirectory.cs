using Gesso.Contracts.Errors;
using Gesso.Platform.Accounts;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Json;

namespace Gesso.Server.Jobs;

/// <summary>
/// The adapters of this server as its workers tell of them, a few seconds old. A key sees and uses those of its limits; of others it is told what it is told of names
/// that do not exist. What no worker has told of yet is left for the worker to judge.
/// </summary>
internal sealed class AdapterDirectory(ModelDirectory models)
{
    private const int MostNamed = 10;

    private volatile Merged _merged = new([], []);

    /// <summary>Those that the key may use, by name.</summary>
    public async ValueTask<IReadOnlyList<ServedAdapter>> ListAsync(Caller caller, CancellationToken cancellation)
    {
        var all = (await CurrentAsync(cancellation).ConfigureAwait(false)).Adapters;
        var limits = caller.Key.Limits;
        return limits.Adapters is null ? all : [.. all.Where(a => limits.MayUseAdapter(a.Name))];
    }

    /// <summary>A model by its name, or with adapters behind it as GET /v1/models lists them: <c>NAME+ADAPTER[:WEIGHT]</c>.</summary>
    /// <exception cref="ApiException">404 <c>model_not_found</c></exception>
    public async ValueTask<(ServedModel Model, IReadOnlyList<AdapterUse> Adapters)> ModelAsync(string? name, CancellationToken cancellation)
    {
        if (!string.IsNullOrEmpty(name) && await models.FindAsync(name, cancellation).ConfigureAwait(false) is null)
        {
            for (int plus = name.LastIndexOf('+'); plus > 0; plus = name.LastIndexOf('+', plus - 1))
            {
                if (await models.FindAsync(name[..plus], cancellation).ConfigureAwait(false) is { } model)
                    return (model, [.. name[(plus + 1)..].Split('+').Select(a => AdapterNames.Parse("model", a))]);
            }
        }
        return (await models.ResolveAsync(name, cancellation).ConfigureAwait(false), []);
    }

    /// <summary>The adapters of a request, held against its model and the caller's key; their names as the workers write them.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="model">What draws.</param>
    /// <param name="asked">Names and weights.</param>
    /// <param name="field">Where they stand in the request.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ApiException">400 <c>adapter_not_found</c> with names there are, <c>adapter_other_model</c>.</exception>
    public async ValueTask<IReadOnlyList<AdapterUse>> ResolveAsync(
        Caller caller, ServedModel model, IReadOnlyList<AdapterUse> asked, string field, CancellationToken cancellation)
    {
        if (asked.Count == 0)
            return asked;
        var able = (await models.WorkersAsync(cancellation).ConfigureAwait(false)).Where(w => w.Models.Contains(model.Name)).ToList();
        // without a worker nothing is known, and a worker that tells of as many as it may has perhaps more
        bool isKnown = !model.IsNull && able.Count > 0 && able.All(w => w.Adapters.Count < AdapterFacts.MostTold);
        var visible = await ListAsync(caller, cancellation).ConfigureAwait(false);
        List<AdapterUse> resolved = [];
        foreach (var use in asked)
        {
            var adapter = visible.FirstOrDefault(a => string.Equals(a.Name, use.Name, StringComparison.OrdinalIgnoreCase));
            if (adapter is null && (isKnown || !caller.Key.Limits.MayUseAdapter(use.Name)))
                throw NotFound(field, use.Name, model, visible);
            if (adapter is not null && isKnown && !adapter.Models.Contains(model.Name))
                throw OtherModel(field, adapter, model);
            resolved.Add(adapter is null ? use : use with { Name = adapter.Name });
        }
        return resolved;
    }

    private static ApiException NotFound(string field, string name, ServedModel model, IReadOnlyList<ServedAdapter> visible)
    {
        var fitting = visible.Where(a => a.Models.Contains(model.Name)).Select(a => a.Name).ToList();
        string there = fitting.Count switch
        {
            0 => $"there are none for {model.Name} that this key may use",
            <= MostNamed => $"for {model.Name} there are {string.Join(", ", fitting)}",
            _ => $"GET /api/adapters lists the {fitting.Count} for {model.Name}",
        };
        string close = EditDistance.Closest(name, visible.Select(a => a.Name)) is { } near ? $" Did you mean {near}?" : "";
        return ApiException.Invalid(field, "adapter_not_found", $"{field}: there is no adapter {Shown.Quote(name)}; {there}.{close}");
    }

    private static ApiException OtherModel(string field, ServedAdapter adapter, ServedModel model)
    {
        string why = adapter.Models.Count > 0 ? $"it was made for layers of other sizes and fits {string.Join(", ", adapter.Models)}" : adapter.Problem ?? "it fits no model here";
        return ApiException.Invalid(field, "adapter_other_model", $"{field}: {adapter.Name} cannot be used with {model.Name}: {why.TrimEnd('.')}.");
    }

    /// <summary>Made once for each look at the workers.</summary>
    private async ValueTask<Merged> CurrentAsync(CancellationToken cancellation)
    {
        var workers = await models.WorkersAsync(cancellation).ConfigureAwait(false);
        var merged = _merged;
        return ReferenceEquals(merged.Workers, workers) ? merged : _merged = new Merged(workers, [.. workers
            .SelectMany(w => w.Adapters)
            .GroupBy(a => a.Name, StringComparer.OrdinalIgnoreCase)
            .Select(Together)
            .OrderBy(a => a.Name, StringComparer.OrdinalIgnoreCase)]);
    }

    private static ServedAdapter Together(IEnumerable<AdapterFacts> told)
    {
        List<AdapterFacts> all = [.. told];
        List<string> fits = [.. all.SelectMany(a => a.Models).Distinct().Order(StringComparer.Ordinal)];
        return new ServedAdapter(all[0].Name, fits, all[0].Family, all[0].Trigger, fits.Count > 0 ? null : all.Select(a => a.Problem).FirstOrDefault(p => p is not null));
    }

    private sealed record Merged(IReadOnlyList<WorkerRecord> Workers, IReadOnlyList<ServedAdapter> Adapters);
}
