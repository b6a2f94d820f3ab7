using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Imaging;
using Gesso.Diffusion.Pipelines;
using Gesso.Torch.Layers;
using Gesso.Torch.Native;
using Gesso.Training.Adapters;
using Gesso.Training.Checkpoints;
using Gesso.Training.Datasets;
using Gesso.Training.Optimizers;
using Gesso.Training.Reports;
using Gesso.Training.Steps;
using Gesso.Training.Validation;
using static TorchSharp.torch;

namespace Gesso.Training;

/// <summary>
/// Trains low-rank branches on a loaded model: <see cref="Prepare"/> encodes what the caches lack, <see cref="Run"/> gives a step at a time. All calls belong to
/// one thread. What is pulled is what is computed: a consumer that stops pulling stops the run, and the next one goes on from the last saved state to the same bits.
/// </summary>
public sealed class LoraTrainer : IDisposable
{
    private const int StepsBetweenTrims = 20;

    private readonly FluxModel _model;
    private readonly TimeProvider _clock;
    private readonly AdapterFiles _files;
    private readonly Randomness _randomness;
    private readonly LoraNetwork _network;
    private readonly FluxTrainingStep _step;
    private readonly IOptimizer _optimizer;
    private readonly ExponentialAverage? _average;
    private readonly Validator _validator;
    private readonly List<ValidationResult> _validations = [];
    private TrainingLog? _log;
    private double _rateFactor = 1;
    private int _badSteps;
    private bool _prepared;
    private DateTimeOffset _startedAt;

    /// <summary>Reads folders and captions, loads the transformer and hangs the branches on it.</summary>
    /// <param name="model">Of this thread; stays the caller's.</param>
    /// <param name="plan">Validated here.</param>
    /// <param name="clock">For seconds and dates.</param>
    /// <param name="pictures">The plan's pictures, measured before (<c>PictureSurvey.Measured</c>); null: their heads are read here.</param>
    /// <exception cref="GessoException">A setting outside of its range, no pictures, a state of another run.</exception>
    public LoraTrainer(FluxModel model, TrainingPlan plan, TimeProvider? clock = null, IReadOnlyList<MeasuredPicture>? pictures = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(plan);
        Plan = plan.Validate(model);
        (_model, _clock, _randomness) = (model, clock ?? TimeProvider.System, new Randomness(plan.Seed));
        try
        {
            Directory.CreateDirectory(plan.OutputFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Unavailable("not_writable", $"The output folder {plan.OutputFolder} cannot be made: {e.Message} Choose another place.", e);
        }
        _files = new AdapterFiles(plan.OutputFolder, plan.Name);
        AtomicFile.RequireWritable(_files.Last);
        Data = new TrainingData(plan, model, pictures);
        // what is drawn with is not what is trained on
        model.Adapters.Apply([]);
        var layers = model.Transformer.Layers;
        _network = new LoraNetwork(layers, LoraNetwork.Select(layers, plan.Modules, plan.AlphaOrRank), plan.Dropout, model.Target.Device);
        try
        {
            _network.Initialise(_randomness);
            bool decodes = layers.Linears.Values.Any(l => l.Own is CompactLinear);
            _step = new FluxTrainingStep(model.Transformer.Use(), _network, model.Target, plan.Loss, plan.Guidance, plan.Checkpointing || decodes);
            _optimizer = plan.Optimizer.Create(_network.Parameters);
            _average = plan.AverageDecay is { } decay ? new ExponentialAverage(decay, _network.Parameters.Values) : null;
            _validator = new Validator(plan, model, _network, _step, Data);
            if (plan.Resume && File.Exists(_files.State))
                Restore();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public TrainingPlan Plan { get; }

    public TrainingData Data { get; }

    /// <summary>The branches, for callers that draw with them between two steps.</summary>
    public LoraNetwork Network => _network;

    /// <summary>Done in this session and those before.</summary>
    public int StepsDone { get; private set; }

    public IReadOnlyList<ValidationResult> Validations => _validations;

    /// <summary>The adapter that is called best, or the last where nothing was validated; there once the run is through.</summary>
    public string BestAdapter => File.Exists(_files.Best) ? _files.Best : _files.Last;

    /// <summary>Encodes pictures and captions that the caches do not hold, then lets encoders and autoencoder go: while training they are not needed.</summary>
    public IEnumerable<PreparationStep> Prepare(CancellationToken cancellation = default)
    {
        foreach (var step in Data.Prepare(cancellation))
            yield return step;
        _prepared = true;
        ReleaseEncoders();
    }

    /// <summary>
    /// The steps that are left, computed as they are pulled. Cancellation is looked at once a step and within validations: the state is saved, then the exception goes on;
    /// a validation that was broken off is made first when the run goes on. At the end the last adapter is written.
    /// </summary>
    /// <exception cref="GessoException"><c>diverged</c>: too many bad steps in a row, and why; nothing that is not finite was saved.</exception>
    public IEnumerable<TrainingStep> Run(CancellationToken cancellation = default)
    {
        foreach (var _ in _prepared ? [] : Prepare(cancellation))
        {
        }
        _startedAt = _clock.GetUtcNow();
        // pictures as they are now are what the state belongs to
        _ = Data.Fingerprint;
        _log ??= new TrainingLog(_files.Log, StepsDone);
        if (StepsDone > 0 && LooksAt(StepsDone) && _validations.All(v => v.Step != StepsDone))
            OrSave(() => Conclude(cancellation));
        while (StepsDone < Plan.Steps)
        {
            OrSave(cancellation.ThrowIfCancellationRequested);
            if (StepsDone == 0 && _validations.Count == 0 && Plan.Validation.Every >= 0)
                OrSave(() => Validate(cancellation));
            var step = Advance();
            OperationCanceledException? stopped = null;
            try
            {
                var (validation, saved, previews) = Conclude(cancellation);
                step = step with { PeakBytes = PeakBytes(), Validation = validation, Saved = saved, Previews = previews };
            }
            catch (OperationCanceledException e)
            {
                stopped = e;
                SaveState();
            }
            _log.Add(step);
            if (stopped is null && (step.Validation is not null || step.Step == Plan.Steps))
                WriteReport();
            // a step whose validation was broken off is done, and told, all the same
            yield return step;
            if (stopped is not null)
                ExceptionDispatchInfo.Throw(stopped);
        }
        // a session may have ended between the last step and its files
        if (!File.Exists(_files.Last) || StepOf(_files.Last) != StepsDone)
        {
            ExportLast();
            WriteReport();
        }
    }

    private void OrSave(Action work)
    {
        try
        {
            work();
        }
        catch (OperationCanceledException)
        {
            SaveState();
            throw;
        }
    }

    /// <summary>Everything that is needed to go on, in the output folder.</summary>
    public void SaveState() => State().Write(_files.State, _network.Parameters.Values, _average?.Values, _optimizer.Memory);

    /// <summary>A copy of the weights as they would be saved: averaged where the plan says so.</summary>
    public float[] DeployedWeights()
    {
        using var scope = NewDisposeScope();
        var values = zeros_like(_network.Parameters.Values);
        CopyDeployed(values);
        return values.cpu().data<float>().ToArray();
    }

    public void Dispose()
    {
        _log?.Dispose();
        _validator?.Dispose();
        _average?.Dispose();
        _optimizer?.Dispose();
        _step?.Dispose();
        _network.Dispose();
    }

    private TrainingStep Advance()
    {
        long started = _clock.GetTimestamp();
        var parameters = _network.Parameters;
        double loss = 0;
        for (int k = 0; k < Plan.Accumulation; k++)
        {
            long place = (long)StepsDone * Plan.Accumulation + k;
            using var batch = Data.Batch(place);
            _network.BeginPass(_randomness.For("dropout", place));
            loss += _step.Accumulate(batch, 1.0 / Plan.Accumulation) / Plan.Accumulation;
        }
        _network.BeginPass(null);
        double norm = parameters.GradientNorm();
        double rate = Plan.Rate.At(StepsDone, Plan.Steps) * _rateFactor;
        string? skipped = double.IsFinite(loss) && double.IsFinite(norm) ? null : $"loss {loss}, gradient norm {norm}";
        if (skipped is null)
        {
            parameters.ClipGradients(norm, Plan.MaxGradientNorm);
            _optimizer.Step(rate);
            RequireFinite();
            _average?.Update(parameters.Values);
            _badSteps = 0;
        }
        parameters.ClearGradients();
        StepsDone++;
        if (skipped is not null)
            EndureBadStep(skipped);
        // freed blocks that glibc cannot use again would pile up (docs/decisions/0002)
        if (StepsDone % StepsBetweenTrims == 0)
            NativeMemory.ReturnFreed();
        return new TrainingStep
        {
            Step = StepsDone,
            Steps = Plan.Steps,
            Epoch = StepsDone / Data.StepsPerEpoch,
            Loss = loss,
            Rate = rate,
            GradientNorm = norm,
            Seconds = _clock.GetElapsedTime(started).TotalSeconds,
            PeakBytes = PeakBytes(),
            Skipped = skipped,
        };
    }

    private bool LooksAt(int step) => Plan.Validation.Every >= 0 && (step == Plan.Steps || step % Plan.Validation.Interval(Plan.Steps) == 0);

    /// <summary>What is due after a step: the look from outside, and what is written.</summary>
    private (ValidationResult? Validation, IReadOnlyList<string> Saved, IReadOnlyList<RasterImage> Previews) Conclude(CancellationToken cancellation)
    {
        List<string> saved = [];
        ValidationResult? validation = null;
        IReadOnlyList<RasterImage> previews = [];
        bool last = StepsDone == Plan.Steps;
        if (LooksAt(StepsDone))
        {
            (validation, previews) = Validate(cancellation);
            if (validation.Score <= _validations.Where(v => v.Step > 0).Min(v => v.Score))
                saved.Add(Export(_files.Best));
        }
        if (last || StepsDone % Plan.SaveInterval == 0)
        {
            if (!last && Plan.LadderLength > 0)
            {
                saved.Add(Export(_files.OfStep(StepsDone)));
                _files.Thin(Plan.LadderLength);
            }
            SaveState();
        }
        if (last)
            saved.Add(ExportLast());
        return (validation, saved, previews);
    }

    private static long PeakBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>One bad step is left out and the rate halved; several in a row mean that the run will not recover.</summary>
    private void EndureBadStep(string what)
    {
        _rateFactor /= 2;
        if (++_badSteps < Plan.MostBadSteps)
            return;
        _badSteps = 0;
        SaveState();
        throw GessoException.Invalid("diverged",
            $"Training stopped at step {StepsDone}: {Plan.MostBadSteps} steps in a row were not finite ({what}). The weights before them are kept: go on with a lower learning rate than "
            + $"{Plan.Rate.Peak:G3}. Where already the first steps fail, the model's weights or its compute type ({_model.Target.Type}) are the cause.");
    }

    private void RequireFinite()
    {
        using var scope = NewDisposeScope();
        if (double.IsFinite(_network.Parameters.Values.detach().abs().max().cpu().item<float>()))
            return;
        throw GessoException.Invalid("diverged",
            $"Training stopped at step {StepsDone + 1}: the update made weights that are not finite. Nothing of it was saved; the last state is from before. Take a lower learning rate than {Plan.Rate.Peak:G3}.");
    }

    private (ValidationResult Result, IReadOnlyList<RasterImage> Previews) Validate(CancellationToken cancellation)
    {
        using var deployed = new Deployment(this);
        // at step 0 the branches do nothing: the base's own previews
        var previews = StepsDone == 0 ? _validator.BasePreviews(cancellation) : _validator.DrawPreviews(cancellation);
        var result = _validator.Measure(StepsDone, previews, cancellation);
        _validations.Add(result);
        if (previews.Count > 0)
            Directory.CreateDirectory(_files.Samples);
        for (int i = 0; i < previews.Count; i++)
            AtomicFile.Write(_files.Preview(StepsDone, i), ImageFiles.EncodePng(previews[i]));
        if (Plan.Validation.Drawing is not null)
            ReleaseEncoders();
        return (result, previews);
    }

    private void ReleaseEncoders()
    {
        _model.Clip.Release();
        _model.T5.Release();
        _model.AutoEncoder.Release();
        NativeMemory.ReturnFreed();
    }

    private string ExportLast()
    {
        Export(_files.Last);
        RequireReadable(_files.Last);
        return _files.Last;
    }

    private string Export(string path)
    {
        using var deployed = new Deployment(this);
        var metadata = AdapterMetadata.Of(Plan, Data, _model, StepsDone, _startedAt, _clock.GetUtcNow(), _network);
        AdapterExport.Write(path, _network, _model.Adapters.Names, LoraDialect.Kohya, metadata);
        if (Plan.DiffusersTwin)
            AdapterExport.Write(AdapterFiles.TwinOf(path), _network, _model.Adapters.Names, LoraDialect.Diffusers, metadata);
        return path;
    }

    /// <summary>The file is read as any adapter is, put on in place of the branches, and must do what they did; bf16 rounds a little of it away.</summary>
    private void RequireReadable(string path)
    {
        var (picture, fit) = Data.Trained[0];
        using var probe = Data.Probe(picture, fit, [0.2, 0.5, 0.8]);
        double[] trained, without, loaded;
        using (new Deployment(this))
            trained = _step.Evaluate(probe);
        _network.Detach();
        try
        {
            without = _step.Evaluate(probe);
            _model.Adapters.Apply([new PlannedAdapter(path, _model.Adapters.HashOf(path), 1)]);
            loaded = _step.Evaluate(probe);
        }
        finally
        {
            _model.Adapters.Apply([]);
            _model.Adapters.ReleaseUnused();
            _network.Attach();
        }
        for (int i = 0; i < trained.Length; i++)
        {
            if (Math.Abs(loaded[i] - trained[i]) <= 0.1 * Math.Abs(trained[i] - without[i]) + 2e-3 * without[i])
                continue;
            throw GessoException.Bug("self_test_failed",
                $"{path} was written, but read again it does something else: loss {loaded[i]:G6} where training had {trained[i]:G6} (without it {without[i]:G6}). Please report this; the state file still holds the weights.");
        }
    }

    /// <summary>Curves, previews and the reason for the choice in one page that needs nothing beside it.</summary>
    private void WriteReport()
    {
        var report = new TrainingReport(Plan, Data, _validations);
        string page = report.Page(TrainingLog.Losses(_files.Log), (step, prompt) => File.Exists(_files.Preview(step, prompt)) ? File.ReadAllBytes(_files.Preview(step, prompt)) : null);
        AtomicFile.Write(_files.Report, System.Text.Encoding.UTF8.GetBytes(page));
    }

    private static int? StepOf(string adapter) => AdapterExport.StepOf(adapter);

    private TrainingState State() => new()
    {
        Plan = TrainingState.Describe(Plan),
        Model = _model.Fingerprint + _model.Adapters.MergedKey,
        Data = Data.Fingerprint,
        Layout = TrainingState.LayoutOf(_network.Parameters),
        Step = StepsDone,
        RateFactor = _rateFactor,
        BadSteps = _badSteps,
        Validations = _validations,
    };

    private void Restore()
    {
        var state = TrainingState.Read(_files.State, State(), _network.Parameters.Values, _average?.Values, _optimizer);
        (StepsDone, _rateFactor, _badSteps) = (state.Step, state.RateFactor, state.BadSteps);
        _validations.AddRange(state.Validations);
    }

    private void CopyDeployed(Tensor into)
    {
        using var still = no_grad();
        if (_average is not null)
            into.copy_(_average.Values);
        else
            _optimizer.CopyDeployed(into);
    }

    /// <summary>While it lives the branches hold the weights that are saved; afterwards exactly those that are trained.</summary>
    private sealed class Deployment : IDisposable
    {
        private readonly Tensor _trained;
        private readonly Tensor _values;

        public Deployment(LoraTrainer trainer)
        {
            using var outside = inference_mode(false);
            using var still = no_grad();
            _values = trainer._network.Parameters.Values;
            _trained = _values.clone().DetachFromDisposeScope();
            trainer.CopyDeployed(_values);
        }

        public void Dispose()
        {
            using var still = no_grad();
            _values.copy_(_trained);
            _trained.Dispose();
        }
    }
}
