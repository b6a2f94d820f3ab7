using Gesso.Server.Auth;
using Gesso.Server.Jobs;
using Gesso.Server.Json;

namespace Gesso.Server.OpenAi;

/// <param name="Id">Name or alias; a model with an adapter is <c>MODEL+ADAPTER</c>.</param>
/// <param name="Object">model</param>
/// <param name="Created">Unix seconds; 0: not told.</param>
/// <param name="OwnedBy">gesso</param>
/// <param name="ShutdownDate">Always null: models of your own are not shut down by others.</param>
/// <param name="Parent">The model that an adapter changes; null: it is a model of its own.</param>
public sealed record ModelObject(string Id, string Object, long Created, string OwnedBy, string? ShutdownDate, string? Parent = null);

/// <param name="Object">list</param>
/// <param name="Data">Every name a request may use.</param>
public sealed record ModelList(string Object, IReadOnlyList<ModelObject> Data);

/// <summary>
/// GET /v1/models: aliases are listed beside the names, and models with each adapter that fits them, because clients that know no more of a request than its model
/// offer what stands there.
/// </summary>
internal sealed class ModelEndpoints(ModelDirectory models, AdapterDirectory adapters)
{
    public async Task ListAsync(HttpContext context)
    {
        var served = await models.ListAsync(context.RequestAborted).ConfigureAwait(false);
        var there = await adapters.ListAsync(context.Caller(), context.RequestAborted).ConfigureAwait(false);
        var adapted = served.SelectMany(m => there.Where(a => a.Models.Contains(m.Name) && CanStandInName(a)).Select(a => Describe($"{m.Name}+{a.Name}", m.Name)));
        ModelList list = new("list", [.. served.SelectMany(m => m.Aliases.Prepend(m.Name)).Distinct().Select(id => Describe(id)), .. adapted]);
        await context.AnswerAsync(list, ServerJson.Default.ModelList).ConfigureAwait(false);
    }

    public async Task ShowAsync(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        var (model, named) = await adapters.ModelAsync(id, context.RequestAborted).ConfigureAwait(false);
        _ = await adapters.ResolveAsync(context.Caller(), model, named, "model", context.RequestAborted).ConfigureAwait(false);
        await context.AnswerAsync(Describe(id, named.Count == 0 ? null : model.Name), ServerJson.Default.ModelObject).ConfigureAwait(false);
    }

    /// <summary>What separates names and weights is in few names; requests name such adapters in <c>gesso.adapters</c>.</summary>
    private static bool CanStandInName(ServedAdapter adapter) => !adapter.Name.Contains('+') && !adapter.Name.Contains(':');

    private static ModelObject Describe(string id, string? parent = null) => new(id, "model", 0, "gesso", null, parent);
}
