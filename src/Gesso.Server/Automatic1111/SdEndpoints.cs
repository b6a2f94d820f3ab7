using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Limits;
using Gesso.Server.Pictures;

namespace Gesso.Server.Automatic1111;

/// <summary>Drawing in AUTOMATIC1111's dialect: txt2img, img2img, and what can be done meanwhile.</summary>
internal sealed class SdEndpoints(
    SdFields fields, SdMapping mapping, SdSessions sessions, JobSubmission submission, HeldJobs held, IJobStore jobs, IProgressBus progress, IAssetStore assets,
    RateLimits rates, ServerOptions options, TimeProvider time)
{
    public async Task TextToImageAsync(HttpContext context)
    {
        var given = await ReadAsync(context, fields.TextToImage).ConfigureAwait(false);
        var order = await mapping.TextAsync(given, SessionOf(context).Model, context.RequestAborted).ConfigureAwait(false);
        await RunAsync(context, order).ConfigureAwait(false);
    }

    public async Task ImageToImageAsync(HttpContext context)
    {
        var given = await ReadAsync(context, fields.ImageToImage).ConfigureAwait(false);
        var order = await mapping.ImageAsync(context.Caller(), given, SessionOf(context).Model, context.RequestAborted).ConfigureAwait(false);
        await RunAsync(context, order).ConfigureAwait(false);
    }

    public async Task ProgressAsync(HttpContext context)
    {
        var answer = await DescribeAsync(context).ConfigureAwait(false);
        await context.AnswerAsync(answer, SdJson.Default.SdProgress).ConfigureAwait(false);
    }

    /// <summary>Ends what this key waits for; its request is answered with the pictures that are finished.</summary>
    public async Task InterruptAsync(HttpContext context)
    {
        foreach (var job in SessionOf(context).Current)
            await jobs.CancelAsync(context.Caller().Tenant, job, time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        await SdListEndpoints.WriteNullAsync(context).ConfigureAwait(false);
    }

    private async Task RunAsync(HttpContext context, JobOrder order)
    {
        rates.TakePictures(context, order.Count);
        var accepted = await submission.SubmitAsync(context.Caller(), order with { IsAnsweredAtItsEnd = true }, context.RequestAborted).ConfigureAwait(false);
        var job = await SessionOf(context).WithAsync(accepted.Job.Id, () => held.FinalAsync(context, accepted.Job, isKept: false)).ConfigureAwait(false);
        if (job.Failure is { } failure)
            throw JobErrors.Failed(job, failure);
        List<byte[]> files = [];
        foreach (var picture in job.Pictures)
        {
            byte[]? file = await assets.ReadAsync(picture.Asset, context.RequestAborted).ConfigureAwait(false);
            files.Add(file ?? throw ApiException.NotFound("Picture", new PictureId(job.Id, picture.Index).ToString()));
        }
        await context.StreamAsync(SdAnswerMapping.Answer(job, accepted.Model, accepted.Warnings, files), SdJson.Default.SdImages).ConfigureAwait(false);
    }

    private async Task<SdProgress> DescribeAsync(HttpContext context)
    {
        var current = SessionOf(context).Current;
        SdState idle = new(false, false, "", current.Count, "0", 0, 0, 0);
        if (current.Count == 0)
            return new SdProgress(0, 0, idle, null, null);
        var advances = await progress.ReadAsync(current.ToDictionary(j => j, _ => (0, -1L)), context.RequestAborted).ConfigureAwait(false);
        if (advances.Count == 0)
            return new SdProgress(0, 0, idle, null, null);
        var advance = advances[0];
        var job = await jobs.FindAsync(context.Caller().Tenant, advance.Attempt.Job, context.RequestAborted).ConfigureAwait(false);
        var (fraction, left) = ProgressEstimate.Of(job, advance, time.GetUtcNow());
        bool skipPicture = context.Request.Query["skip_current_image"].ToString() is "true" or "True" or "1";
        var state = idle with { Job = advance.Attempt.Job.Value, JobNo = advance.Image, SamplingStep = advance.Step, SamplingSteps = advance.Steps };
        return new SdProgress(fraction, left ?? 0, state, skipPicture ? null : advance.Preview, null);
    }

    private async Task<RequestFields> ReadAsync(HttpContext context, FieldSet set) =>
        await RequestFields.ReadAsync(context, set, options.Limits).ConfigureAwait(false);

    private SdSession SessionOf(HttpContext context) => sessions.Of(context.Caller().Key.Id);
}
