using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Training.Adapters;
using Gesso.Training.Buckets;
using Gesso.Training.Caches;
using Gesso.Training.Datasets;
using Gesso.Training.Steps;
using static TorchSharp.torch;

namespace Gesso.Training.Validation;

/// <summary>
/// Looks at an adapter from outside of its training: pictures it has not seen, at eight fixed noise levels with fixed noise, each against the base on the very same
/// input (the levels are those of Stable Diffusion 3's validation, arXiv 2403.03206 §5.3, at the middle of eight equal parts); pictures the base draws for other
/// prompts; previews by the production pipeline. Nothing here changes the course of the training.
/// </summary>
public sealed class Validator : IDisposable
{
    private const int BootstrapSamples = 1000;

    /// <summary>Rows that go through the network together when pictures are small.</summary>
    private const int RowsTogether = 8;

    private const int TokensTogether = 4096;
    private static readonly double[] Levels = [.. Enumerable.Range(0, 8).Select(i => (i + 0.5) / 8)];

    private readonly TrainingPlan _plan;
    private readonly FluxModel _model;
    private readonly LoraNetwork _network;
    private readonly FluxTrainingStep _step;
    private readonly TrainingData _data;
    private readonly FluxPipeline _pipeline;
    private readonly Randomness _randomness;
    private readonly Dictionary<string, double[]> _baseLosses = [];
    private List<FlowBatch>? _forgetting;
    private List<RasterImage>? _basePreviews;
    private CopyDetector? _copies;

    public Validator(TrainingPlan plan, FluxModel model, LoraNetwork network, FluxTrainingStep step, TrainingData data)
    {
        (_plan, _model, _network, _step, _data) = (plan, model, network, step, data);
        _pipeline = new FluxPipeline(model);
        _randomness = new Randomness(plan.Seed);
    }

    /// <summary>The previews of the base, drawn once.</summary>
    public IReadOnlyList<RasterImage> BasePreviews(CancellationToken cancellation = default) => _basePreviews ??= WithoutAdapter(() => DrawPreviews(cancellation));

    /// <summary>Measures the weights as they are in the network now.</summary>
    /// <param name="step">Steps done.</param>
    /// <param name="previews">From <see cref="DrawPreviews"/>.</param>
    /// <param name="cancellation">Looked at between pictures and denoise steps.</param>
    public ValidationResult Measure(int step, IReadOnlyList<RasterImage> previews, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(previews);
        _network.BeginPass(null);
        var heldOut = _data.HeldOut.Select(p => Losses(p, cancellation)).ToList();
        // regularisation pictures are not what is learnt by heart
        var trained = Randomness.Shuffled(_randomness.For("train probe"), _data.Trained.Where(p => !p.Picture.Folder.Regularisation))
            .Take(Math.Max(4, _data.HeldOut.Count)).Select(p => Losses(p, cancellation)).ToList();
        return new ValidationResult
        {
            Step = step,
            HeldOut = heldOut.Count == 0 ? null : Mean(heldOut),
            HeldOutInterval = heldOut.Count < 2 ? null : Bootstrapped(heldOut),
            Trained = Mean(trained),
            Forgetting = _plan.Validation.ForgettingPrompts.Count == 0 ? null : Mean(ForgettingLosses(cancellation)),
            Copies = [.. previews.Select((p, i) => Nearest(p, i, cancellation))],
        };
    }

    /// <summary>The plan's prompts, drawn as the engine draws them: same pipeline, sampler and guidance, the branches where an adapter would hang.</summary>
    public List<RasterImage> DrawPreviews(CancellationToken cancellation = default)
    {
        _network.BeginPass(null);
        List<RasterImage> drawn = [];
        for (int i = 0; i < _plan.Validation.PreviewPrompts.Count; i++)
        {
            using var run = Draw(_plan.Validation.PreviewPrompts[i], "preview", i, cancellation);
            drawn.Add(run.ToImage());
        }
        return drawn;
    }

    public void Dispose()
    {
        _pipeline.Dispose();
        foreach (var batch in _forgetting ?? [])
            batch.Dispose();
    }

    private FluxRun Draw(PreviewPrompt prompt, string use, int number, CancellationToken cancellation)
    {
        var run = _pipeline.Start(prompt.Over(_plan.Validation.Drawing!, _model.PixelStep, new Seed(_randomness.For(use, number) % int.MaxValue)));
        try
        {
            foreach (var _ in run.Denoise(cancellation))
            {
            }
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    private (double[] With, double[] Base) Losses((TrainingPicture Picture, BucketFit Fit) picture, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        int tokens = picture.Fit.Bucket.Width / _model.PixelStep * (picture.Fit.Bucket.Height / _model.PixelStep);
        List<double> with = [], without = [];
        foreach (double[] levels in Levels.Chunk(Math.Clamp(TokensTogether / tokens, 1, RowsTogether)))
        {
            using var batch = _data.Probe(picture.Picture, picture.Fit, levels);
            with.AddRange(_step.Evaluate(batch));
            without.AddRange(BaseLosses($"{picture.Picture.Path} {picture.Fit.Bucket} {levels[0]}", batch));
        }
        return ([.. with], [.. without]);
    }

    /// <summary>The base does not change: its losses are computed once.</summary>
    private double[] BaseLosses(string key, FlowBatch batch)
    {
        if (!_baseLosses.TryGetValue(key, out double[]? losses))
            losses = _baseLosses[key] = WithoutAdapter(() => _step.Evaluate(batch));
        return losses;
    }

    private List<(double[] With, double[] Base)> ForgettingLosses(CancellationToken cancellation)
    {
        _forgetting ??= WithoutAdapter(() => OwnDrawings(cancellation));
        return [.. _forgetting.Select((batch, i) => (_step.Evaluate(batch), BaseLosses($"forgetting {i}", batch)))];
    }

    private List<FlowBatch> OwnDrawings(CancellationToken cancellation)
    {
        List<FlowBatch> drawn = [];
        try
        {
            foreach (string prompt in _plan.Validation.ForgettingPrompts)
                drawn.Add(OwnDrawing(prompt, drawn.Count, cancellation));
            return drawn;
        }
        catch
        {
            drawn.ForEach(b => b.Dispose());
            throw;
        }
    }

    /// <summary>What the base draws for a prompt, as a batch over all levels.</summary>
    private FlowBatch OwnDrawing(string prompt, int number, CancellationToken cancellation)
    {
        using var run = Draw(new PreviewPrompt(prompt), "forgetting", number, cancellation);
        using var scope = NewDisposeScope();
        using var outside = inference_mode(false);
        using var still = no_grad();
        var cache = _data.Texts;
        using var text = cache.Get(prompt);
        long[] shape = run.Latents.shape;
        Tensor Plain(Tensor t) => tensor(t.to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray()).view(t.shape);
        var latents = Plain(run.Latents);
        return new FlowBatch
        {
            Latents = scope.Detach(latents.expand(Levels.Length, -1, -1).contiguous()),
            Noise = scope.Detach(cat(Levels.Select((_, i) => Randomness.Normal(_randomness.For("forgetting noise", number, i), shape)).ToArray(), 0)),
            Levels = Levels,
            States = scope.Detach(text.States.expand(Levels.Length, -1, -1).contiguous()),
            Pooled = scope.Detach(text.Pooled.expand(Levels.Length, -1).contiguous()),
            Rows = run.Rows,
            Columns = run.Columns,
        };
    }

    private NearestPicture Nearest(RasterImage preview, int number, CancellationToken cancellation)
    {
        _copies ??= new CopyDetector(_data.Trained.Where(p => !p.Picture.Folder.Regularisation));
        var (path, likeness) = _copies.Nearest(preview);
        return new NearestPicture(number, path, likeness, _copies.Nearest(BasePreviews(cancellation)[number]).Likeness);
    }

    private T WithoutAdapter<T>(Func<T> measure)
    {
        bool on = _network.On;
        _network.On = false;
        try
        {
            return measure();
        }
        finally
        {
            _network.On = on;
        }
    }

    private static PairedLoss Mean(IReadOnlyList<(double[] With, double[] Base)> pictures)
    {
        double Ratio(Func<double, bool> of)
        {
            int[] chosen = [.. Enumerable.Range(0, Levels.Length).Where(i => of(Levels[i]))];
            return pictures.Sum(p => chosen.Sum(i => p.With[i])) / pictures.Sum(p => chosen.Sum(i => p.Base[i]));
        }
        return new PairedLoss(
            pictures.Average(p => p.With.Average()), pictures.Average(p => p.Base.Average()),
            Ratio(s => s < 1 / 3.0), Ratio(s => s is >= 1 / 3.0 and <= 2 / 3.0), Ratio(s => s > 2 / 3.0));
    }

    /// <summary>Pictures are drawn again and again with replacement: how the mean difference would vary with other pictures.</summary>
    private Interval Bootstrapped(IReadOnlyList<(double[] With, double[] Base)> pictures)
    {
        double[] differences = [.. pictures.Select(p => p.With.Average() - p.Base.Average())];
        using var numbers = Randomness.Uniform(_randomness.For("bootstrap")).GetEnumerator();
        double[] means = [.. Enumerable.Range(0, BootstrapSamples).Select(_ => differences.Average(_ =>
        {
            numbers.MoveNext();
            return differences[(int)(numbers.Current * differences.Length)];
        })).Order()];
        return new Interval(means[(int)(BootstrapSamples * 0.025)], means[(int)(BootstrapSamples * 0.975)]);
    }
}
