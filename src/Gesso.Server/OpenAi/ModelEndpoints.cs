using Gesso.Server.Jobs;
using Gesso.Server.Json;

namespace Gesso.Server.OpenAi;

/// <param name="Id">Name or alias.</param>
/// <param name="Object">model</param>
/// <param name="Created">Unix seconds; 0: not told.</param>
/// <param name="OwnedBy">gesso</param>
/// <param name="ShutdownDate">Always null: models of your own are not shut down by others.</param>
public sealed record ModelObject(string Id, string Object, long Created, string OwnedBy, string? ShutdownDate);

/// <param name="Object">list</param>
/// <param name="Data">Every name a request may use.</param>
public sealed record ModelList(string Object, IReadOnlyList<ModelObject> Data);

/// <summary>GET /v1/models: aliases are listed beside the names, because clients offer what stands there.</summary>
internal sealed class ModelEndpoints(ModelDirectory models)
{
    public async Task ListAsync(HttpContext context)
    {
        var served = await models.ListAsync(context.RequestAborted).ConfigureAwait(false);
        ModelList list = new("list", [.. served.SelectMany(m => m.Aliases.Prepend(m.Name)).Distinct().Select(Describe)]);
        await context.AnswerAsync(list, ServerJson.Default.ModelList).ConfigureAwait(false);
    }

    public async Task ShowAsync(HttpContext context)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        _ = await models.ResolveAsync(id, context.RequestAborted).ConfigureAwait(false);
        await context.AnswerAsync(Describe(id), ServerJson.Default.ModelObject).ConfigureAwait(false);
    }

    private static ModelObject Describe(string id) => new(id, "model", 0, "gesso", null);
}
