using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;

namespace Gesso.Worker;

/// <summary>Takes what the device thread made to where it is kept: pictures, previews, latents. A picture is stored before it is spoken of.</summary>
internal sealed class PictureDelivery(PlatformStores stores, TimeProvider time)
{
    private const int PreviewQuality = 80;

    private static readonly CarefulRenderer s_letters = new(new TextRenderer(FontLibrary.Default));

    /// <summary>Stores finished pictures; the last one ends the job.</summary>
    /// <exception cref="GessoException">Unavailable: nothing is lost, call again. InvalidRequest, Refused: its text cannot be laid into it.</exception>
    public async Task PicturesAsync(JobRun run)
    {
        while (!run.Settled && run.Finished.TryPeek(out var result))
        {
            var work = run.Job.Work;
            long started = time.GetTimestamp();
            var laid = run.Text is { } text ? await Task.Run(() => text.Lay(s_letters, result.Picture)).ConfigureAwait(false) : null;
            if (laid is not null)
                StageClock.Record("text", time.GetElapsedTime(started));
            long encoding = time.GetTimestamp();
            byte[] file = await Task.Run(() => JobMapping.Encode(result.Picture, laid, work, () => run.Recipe!(result.Index))).ConfigureAwait(false);
            long encoded = time.GetTimestamp();
            var asset = await stores.Assets.PutAsync(file).ConfigureAwait(false);
            StageClock.Record("encode", time.GetElapsedTime(encoding, encoded));
            StageClock.Record("store", time.GetElapsedTime(encoded));
            var picture = new JobPicture(result.Index, asset, JobMapping.MediaType(work.Format), result.Picture.Size, file.Length, result.Seed.Value, JobMapping.ToRecord(laid));
            bool last = result.Index == work.Count - 1;
            bool held = last
                ? await stores.Jobs.CompleteAsync(run.Attempt, picture, run.DeviceSeconds, time.GetUtcNow()).ConfigureAwait(false)
                : await stores.Jobs.AddPictureAsync(run.Attempt, picture, time.GetUtcNow()).ConfigureAwait(false);
            _ = run.Finished.TryDequeue(out _);
            run.DrawnWhole |= last && held;
            if (last || !held)
            {
                run.Drop();
                run.Settled = true;
            }
        }
    }

    public async Task ProgressAsync(JobRun run)
    {
        if (run.Settled || run.TakeProgress() is not { } progress)
            return;
        byte[]? preview = progress.Preview is { } picture
            ? await Task.Run(() => ImageFiles.Encode(picture, ImageFileType.Jpeg, PreviewQuality)).ConfigureAwait(false)
            : null;
        await stores.Progress.PublishAsync(new JobProgress
        {
            Attempt = run.Attempt,
            Image = progress.Image,
            Images = run.Job.Work.Count,
            Step = progress.Step,
            Steps = progress.Steps,
            Preview = preview,
            PreviewMediaType = preview is null ? null : "image/jpeg",
        }).ConfigureAwait(false);
    }

    public async Task CheckpointAsync(JobRun run)
    {
        if (run.Settled || run.TakeCheckpoint() is not { } made)
            return;
        var asset = await stores.Assets.PutAsync(made.Latents).ConfigureAwait(false);
        if (!await stores.Jobs.CheckpointAsync(run.Attempt, new JobCheckpoint(made.Image, made.Step, asset)).ConfigureAwait(false))
            Lose(run);
    }

    /// <summary>Ends a run that will not be drawn to its end here: failed, given back, or lost.</summary>
    public async Task SettleAsync(JobRun run)
    {
        if (run.Settled)
            return;
        _ = run.Failure is { } failure
            ? await stores.Jobs.FailAsync(run.Attempt, new JobFailure(failure.Kind, failure.Code, failure.Message), run.DeviceSeconds, time.GetUtcNow()).ConfigureAwait(false)
            : await stores.Jobs.ReturnAsync(run.Attempt, run.DeviceSeconds, time.GetUtcNow()).ConfigureAwait(false);
        run.Settled = true;
    }

    /// <summary>The job was cancelled, or another attempt has it.</summary>
    public static void Lose(JobRun run)
    {
        run.Drop();
        run.Settled = true;
    }
}
