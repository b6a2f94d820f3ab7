using System.Collections.Concurrent;
using System.Diagnostics;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine;
using Gesso.Engine.Recipes;
using Gesso.Engine.Text;
using Gesso.Platform.Jobs;

namespace Gesso.Worker;

/// <summary>How far a picture is.</summary>
internal readonly record struct RunProgress(int Image, int Step, int Steps, RasterImage? Preview);

/// <summary>Latents of a picture between two steps.</summary>
internal sealed record RunCheckpoint(int Image, int Step, byte[] Latents);

/// <summary>
/// One job on its way: the meeting place of the device thread, which draws, and the worker's loop, which talks to the stores. Only plain data passes here.
/// </summary>
/// <param name="job">As claimed.</param>
/// <param name="resumeLatents">What an earlier attempt left of the first picture that is not stored.</param>
internal sealed class JobRun(Job job, byte[]? resumeLatents) : IDisposable
{
    private readonly Lock _lock = new();
    private RunProgress? _progress;
    private RunCheckpoint? _checkpoint;
    private readonly CancellationTokenSource _drop = new();
    private volatile bool _saveWanted;
    private volatile bool _stopWanted;
    private Stopwatch? _clock;
    private TimeSpan? _ended;
    private int _batch = 1;

    public Job Job { get; } = job;

    public JobAttempt Attempt => Job.CurrentAttempt;

    /// <summary>Pictures that are stored are not drawn again.</summary>
    public ResumePoint? Resume { get; private set; } = job.Pictures.Count == 0 && resumeLatents is null ? null : new ResumePoint(job.Pictures.Count, resumeLatents);

    /// <summary>The latents of the earlier attempt cannot be used; stored pictures can.</summary>
    public void StartPictureAnew() => Resume = Resume is null ? null : Resume with { Checkpoint = null };

    /// <summary>Set on the device thread once the request is checked.</summary>
    public GenerationPlan? Plan { get; set; }

    /// <summary>What is laid into its pictures, set with the plan; null: nothing.</summary>
    public RequestedText? Text { get; set; }

    /// <summary>The recipe of picture k, once there is a plan.</summary>
    public Func<int, Recipe>? Recipe { get; set; }

    /// <summary>Finished pictures that are not stored yet.</summary>
    public ConcurrentQueue<ImageResult> Finished { get; } = new();

    /// <summary>Why it cannot be drawn.</summary>
    public GessoException? Failure { get; private set; }

    /// <summary>Its end is stored, or it belongs to somebody else.</summary>
    public bool Settled { get; set; }

    /// <summary>The last picture came out of this attempt.</summary>
    public bool DrawnWhole { get; set; }

    /// <summary>It is drawn no further.</summary>
    public bool Dropped => _drop.IsCancellationRequested;

    /// <summary>Tells the engine to leave it out of the next step.</summary>
    public CancellationToken Cancellation => _drop.Token;

    /// <summary>Device seconds of this attempt so far: its share of the time its batch has been on the device.</summary>
    public double DeviceSeconds => _clock is { } clock ? (_ended ?? clock.Elapsed).TotalSeconds / _batch : 0;

    /// <summary>The device starts on it, with <paramref name="batch"/> jobs in all.</summary>
    public void Begin(int batch)
    {
        _batch = batch;
        _clock = Stopwatch.StartNew();
    }

    /// <summary>The device has left it.</summary>
    public void End() => _ended = _clock?.Elapsed;

    public void Drop() => _drop.Cancel();

    public void Fail(GessoException failure)
    {
        Failure = failure;
        Drop();
    }

    /// <summary>Asks for latents after the current step.</summary>
    public void WantCheckpoint() => _saveWanted = true;

    /// <summary>Asks for latents after the current step, and no step behind them.</summary>
    public void WantStop()
    {
        _stopWanted = true;
        _saveWanted = true;
    }

    /// <summary>On the device thread, after each step.</summary>
    /// <param name="progress">Where it is.</param>
    /// <param name="save">Makes latents; null behind the last step of a picture.</param>
    public void Report(RunProgress progress, Func<byte[]>? save)
    {
        if (Dropped)
            return;
        RunCheckpoint? made = null;
        if (_saveWanted && save is not null)
        {
            _saveWanted = false;
            made = new RunCheckpoint(progress.Image, progress.Step, save());
        }
        lock (_lock)
        {
            _progress = progress;
            _checkpoint = made ?? _checkpoint;
        }
        if (_stopWanted)
            Drop();
    }

    /// <summary>The last progress since the last call.</summary>
    public RunProgress? TakeProgress()
    {
        lock (_lock)
        {
            var taken = _progress;
            _progress = null;
            return taken;
        }
    }

    /// <summary>Latents made since the last call.</summary>
    public RunCheckpoint? TakeCheckpoint()
    {
        lock (_lock)
        {
            var taken = _checkpoint;
            _checkpoint = null;
            return taken;
        }
    }

    public void Dispose() => _drop.Dispose();
}
