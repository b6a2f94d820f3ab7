using Gesso.Platform.Jobs;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Server.Pictures;

namespace Gesso.Server.Workers;

/// <summary>One claimed job of the null engine: counts its steps, hands over its pictures, and announces what was stored.</summary>
internal sealed class NullJob(Job claimed, ModelOptions model, NullWorkerPorts ports) : IDisposable
{
    private readonly CancellationTokenSource _lost = new();
    private readonly List<JobEvent> _news =
        [new JobEvent(claimed.Id, claimed.LastEvent, JobEventType.Started, claimed.Started ?? claimed.Created, claimed.Attempt, null)];
    private readonly JobAttempt _attempt = claimed.CurrentAttempt;
    private readonly double _earlierSeconds = claimed.DeviceSeconds;
    private Job _job = claimed;

    public JobAttempt Attempt => _attempt;

    /// <summary>Whether it takes time, so that it can be cancelled and watched meanwhile.</summary>
    public bool TakesTime => model.NullStepMilliseconds > 0;

    private double DeviceSeconds => (_job.Pictures.Count + 1) * model.NullSteps * model.NullStepMilliseconds / 1000.0;

    /// <summary>The job was cancelled or given to another attempt.</summary>
    public void Lose()
    {
        try
        {
            _lost.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // it ended in the same moment
        }
    }

    /// <exception cref="OperationCanceledException">The worker is being stopped.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (TakesTime)
            Announce();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, _lost.Token);
        try
        {
            bool held = true;
            while (held && _job.Pictures.Count < _job.Work.Count)
            {
                await StepAsync(end.Token).ConfigureAwait(false);
                held = await HandOverAsync(end.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_lost.IsCancellationRequested)
        {
        }
    }

    public void Dispose() => _lost.Dispose();

    private async Task StepAsync(CancellationToken cancellation)
    {
        if (!TakesTime && !_job.Work.Previews)
            return;
        for (int step = 1; step <= model.NullSteps; step++)
        {
            if (TakesTime)
                await Task.Delay(TimeSpan.FromMilliseconds(model.NullStepMilliseconds), ports.Time, cancellation).ConfigureAwait(false);
            bool preview = _job.Work.Previews && step < model.NullSteps;
            await ports.Progress.PublishAsync(
                new JobProgress
                {
                    Attempt = Attempt,
                    Image = _job.Pictures.Count,
                    Images = _job.Work.Count,
                    Step = step,
                    Steps = model.NullSteps,
                    Preview = preview ? NullPictures.Preview : null,
                    PreviewMediaType = preview ? PictureHeader.Jpeg : null,
                },
                cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Stores the next picture, and the end of the job with the last. False: the job is no longer this attempt's.</summary>
    private async Task<bool> HandOverAsync(CancellationToken cancellation)
    {
        var picture = NullPictures.Picture(_job.Work, _job.Pictures.Count);
        bool last = picture.Index == _job.Work.Count - 1;
        double seconds = DeviceSeconds;
        var now = ports.Time.GetUtcNow();
        bool held = last
            ? await ports.Jobs.CompleteAsync(Attempt, picture, seconds, now, cancellation).ConfigureAwait(false)
            : await ports.Jobs.AddPictureAsync(Attempt, picture, now, cancellation).ConfigureAwait(false);
        if (!held)
            return false;
        Note(JobEventType.Picture, now, picture.Index);
        _job = _job with { Pictures = [.. _job.Pictures, picture] };
        if (last)
        {
            Note(JobEventType.Succeeded, now, null);
            _job = _job with { State = JobState.Succeeded, Finished = now, DeviceSeconds = _earlierSeconds + seconds };
        }
        Announce();
        return true;
    }

    private void Note(JobEventType type, DateTimeOffset at, int? picture)
    {
        _job = _job with { LastEvent = _job.LastEvent + 1 };
        _news.Add(new JobEvent(_job.Id, _job.LastEvent, type, at, _job.Attempt, picture));
    }

    private void Announce()
    {
        ports.Watch.Announce(_job, [.. _news]);
        _news.Clear();
    }
}

/// <summary>What a null job works with.</summary>
internal sealed record NullWorkerPorts(IJobStore Jobs, IProgressBus Progress, JobWatch Watch, TimeProvider Time);
