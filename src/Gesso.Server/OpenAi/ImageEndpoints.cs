using Gesso.Server.Auth;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Limits;
using Gesso.Server.Pictures;

namespace Gesso.Server.OpenAi;

/// <summary>POST /v1/images/generations, edits and variations.</summary>
internal sealed class ImageEndpoints(
    ImageFields fields, ImageMapping mapping, ImageSources sources, JobSubmission submission, ImageAnswers answers, RateLimits rates, ServerOptions options)
{
    private readonly LimitOptions _limits = options.Limits;

    public async Task GenerateAsync(HttpContext context)
    {
        string? key = JobDrafting.IdempotencyKeyOf(context.Request);
        var json = await JsonBody.ReadAsync(context.Request, _limits.MaxBodyBytes, context.RequestAborted).ConfigureAwait(false);
        await RunAsync(context, mapping.Generation(RequestFields.FromJson(fields.Generation, json), key)).ConfigureAwait(false);
    }

    public Task EditAsync(HttpContext context) => DrawOnAsync(context, fields.Edit, mapping.Edit);

    public Task VaryAsync(HttpContext context) => DrawOnAsync(context, fields.Variation, mapping.Variation);

    private async Task DrawOnAsync(HttpContext context, FieldSet set, Func<RequestFields, string?, ImageCall> map)
    {
        string? key = JobDrafting.IdempotencyKeyOf(context.Request);
        var caller = context.Caller();
        ImageCall call;
        SourcePicture image;
        SourcePicture? mask;
        if (PictureForm.Matches(context.Request))
        {
            await using var form = await PictureForm.ReadAsync(context.Request, _limits, context.RequestAborted).ConfigureAwait(false);
            call = map(RequestFields.FromForm(set, form.Fields), key);
            (image, mask) = await sources.ReadAsync(caller, form, context.RequestAborted).ConfigureAwait(false);
        }
        else
        {
            var given = await RequestFields.ReadAsync(context, set, _limits).ConfigureAwait(false);
            call = map(given, key);
            (image, mask) = await sources.ReadAsync(caller, given, context.RequestAborted).ConfigureAwait(false);
        }
        await RunAsync(context, call with { Order = call.Order with { Image = image, Mask = mask } }).ConfigureAwait(false);
    }

    private async Task RunAsync(HttpContext context, ImageCall call)
    {
        rates.TakePictures(context, call.Order.Count);
        var order = call.Order with { IsAnsweredAtItsEnd = !call.Stream };
        var accepted = await submission.SubmitAsync(context.Caller(), order, context.RequestAborted).ConfigureAwait(false);
        if (call.Stream)
            await answers.StreamAsync(context, call, accepted).ConfigureAwait(false);
        else
            await answers.AnswerAsync(context, call, accepted).ConfigureAwait(false);
    }
}
