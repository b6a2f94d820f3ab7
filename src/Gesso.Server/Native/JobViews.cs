using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;
using Gesso.Server.Errors;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Pictures;
using Gesso.Server.Security;

namespace Gesso.Server.Native;

/// <summary>Jobs and pictures as the native interface shows them.</summary>
internal sealed class JobViews(PictureUrls urls, TimeProvider time)
{
    public JobView Of(Job job, JobProgress? progress = null) => new()
    {
        Id = job.Id.Value,
        State = job.State.ToString().ToLowerInvariant(),
        Model = job.Work.Model,
        Prompt = job.Work.Prompt,
        N = job.Work.Count,
        Size = job.Work.Size?.ToString(),
        Priority = job.Priority,
        CreatedAt = job.Created.UnixSeconds(),
        StartedAt = job.Started?.UnixSeconds(),
        FinishedAt = job.Finished?.UnixSeconds(),
        DeadlineAt = job.Deadline?.UnixSeconds(),
        Attempt = job.Attempt,
        Progress = progress is null || job.State != JobState.Running ? null : Of(job, progress, withPreview: false),
        Pictures = [.. job.Pictures.Select(p => Of(job, p))],
        Error = job.Failure is { } failure ? Of(job, failure) : null,
        Batch = job.Batch?.Value,
        CustomId = job.CustomId,
        Key = job.Key.Value,
        Request = Of(job.Work),
    };

    public PictureView Of(Job job, JobPicture picture)
    {
        string id = new PictureId(job.Id, picture.Index).ToString(), url = urls.Sign($"/api/pictures/{id}/content", job.Tenant);
        return new PictureView(
            id, job.Id.Value, picture.Index, url, picture.MediaType, picture.Size.Width, picture.Size.Height, picture.Bytes, picture.Seed,
            job.Created.UnixSeconds(), job.Work.Prompt, job.Work.Model, Of(job.Work) with { Seed = picture.Seed, N = 1 }, TextViews.Of(picture.Text));
    }

    public ProgressView Of(Job job, JobProgress progress, bool withPreview)
    {
        var (fraction, left) = ProgressEstimate.Of(job, progress, time.GetUtcNow());
        string? preview = withPreview && progress.Preview is { } file
            ? $"data:{progress.PreviewMediaType ?? PictureHeader.Jpeg};base64,{Convert.ToBase64String(file)}"
            : null;
        return new ProgressView(progress.Image, progress.Images, progress.Step, progress.Steps, fraction, left, progress.Attempt.Number, preview);
    }

    public static JobErrorView Of(Job job, JobFailure failure) => new(failure.Code, failure.Message, JobErrors.Failed(job, failure).Error.Type);

    private static WorkView Of(ImageJob work) => new()
    {
        Model = work.Model,
        Prompt = work.Prompt,
        Prompt2 = work.Prompt2,
        NegativePrompt = work.NegativePrompt,
        Size = work.Size?.ToString(),
        N = work.Count,
        Seed = work.Seed,
        Steps = work.Steps,
        Guidance = work.Guidance,
        TrueGuidance = work.TrueGuidance,
        Image = work.InitImage?.Sha256,
        Mask = work.Mask?.Sha256,
        MaskReading = work.Mask is null ? null : work.MaskReading.ToString().ToLowerInvariant(),
        ControlImage = work.ControlImage?.Sha256,
        Strength = work.Strength,
        Sampler = work.Sampler,
        Parity = work.Parity is { } parity ? NameOf(parity) : null,
        TextLength = work.TextLength,
        Adapters = work.Adapters.Count == 0 ? null : work.Adapters,
        Text = TextViews.Of(work.Text),
        OutputFormat = PictureFormats.NameOf(work.Format),
        OutputCompression = work.Quality,
    };

    private static string NameOf(ParityMode parity) => parity.ToString().ToLowerInvariant();
}
