using System.Security.Cryptography;
using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Training.Buckets;
using Gesso.Training.Caches;
using Gesso.Training.Captions;
using Gesso.Training.Steps;
using static TorchSharp.torch;

namespace Gesso.Training.Datasets;

/// <summary>The pictures of a run with their buckets, captions and caches; makes the batch of any place of the run.</summary>
public sealed class TrainingData
{
    private readonly TrainingPlan _plan;
    private readonly FluxModel _model;
    private readonly EpochOrder _order;
    private readonly Randomness _randomness;
    private readonly List<(TrainingPicture Picture, BucketFit Fit)> _trained = [];
    private readonly List<(TrainingPicture Picture, BucketFit Fit)> _heldOut = [];
    private readonly Dictionary<(TrainingPicture, BucketFit), string> _contents = [];
    private string? _fingerprint;

    /// <summary>Sorts pictures into buckets and sets some aside; nothing is decoded or encoded yet.</summary>
    /// <param name="plan">Of the run.</param>
    /// <param name="model">What is trained.</param>
    /// <param name="pictures">As they were measured before; null: the heads of the plan's files are read.</param>
    /// <exception cref="GessoException">No pictures, one that is none, a caption that is no text.</exception>
    public TrainingData(TrainingPlan plan, FluxModel model, IReadOnlyList<MeasuredPicture>? pictures = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(model);
        (_plan, _model, _randomness) = (plan, model, new Randomness(plan.Seed));
        pictures ??= MeasuredPicture.In(plan.Pictures);
        var buckets = pictures.Select(p => p.Picture.Folder).Distinct().ToDictionary(f => f, f => new AspectBuckets(f.BucketsOf(plan.Buckets)));
        var all = pictures.Select(p => (p.Picture, Fit: buckets[p.Picture.Folder].Fit(p.Size))).ToList();
        var own = all.Where(p => p.Picture.Folder.IsGiven).ToList();
        if (own.Count == 0)
            throw GessoException.Invalid("no_pictures", "All pictures are regularisation pictures. Give at least one folder with pictures to learn.");
        // a picture that is given at several sizes is held out at all of them or at none
        string[] files = [.. own.Select(p => p.Picture.Path).Distinct(StringComparer.Ordinal)];
        int kept = files.Length < plan.Validation.FewestPictures || plan.Validation.HoldOut == 0 ? 0 : Math.Max(2, (int)Math.Round(files.Length * plan.Validation.HoldOut));
        var heldOut = Randomness.Shuffled(_randomness.For("held out"), files).Take(kept).ToHashSet(StringComparer.Ordinal);
        _heldOut.AddRange(all.Where(p => heldOut.Contains(p.Picture.Path)));
        _trained.AddRange(all.Where(p => !heldOut.Contains(p.Picture.Path)));
        _order = new EpochOrder(
            [.. _trained.Select(p => p.Fit.Bucket)], [.. _trained.Select(p => p.Picture.Folder.Repeats)],
            [.. _trained.Select(p => p.Picture.Folder.Regularisation)], plan.BatchSize, _randomness);
        var cache = new ContentCache(plan.CacheFolder ?? Path.Combine(plan.OutputFolder, "cache"));
        Latents = new LatentCache(cache, model);
        Texts = new TextCache(cache, model, plan.TextLength);
    }

    public LatentCache Latents { get; }

    public TextCache Texts { get; }

    /// <summary>Pictures that are trained on, regularisation included.</summary>
    public IReadOnlyList<(TrainingPicture Picture, BucketFit Fit)> Trained => _trained;

    /// <summary>Pictures that are only validated with.</summary>
    public IReadOnlyList<(TrainingPicture Picture, BucketFit Fit)> HeldOut => _heldOut;

    public int BatchesPerEpoch => _order.BatchesPerEpoch;

    /// <summary>Updates in one pass over all pictures; a part of one counts.</summary>
    public double StepsPerEpoch => (double)BatchesPerEpoch / _plan.Accumulation;

    /// <summary>Encodes what the caches do not hold: all autoencoder work first, then all texts, so that neither network is needed twice.</summary>
    public IEnumerable<PreparationStep> Prepare(CancellationToken cancellation = default)
    {
        var pictures = _trained.Concat(_heldOut).SelectMany(p => Flips(p.Picture).Select(f => (p.Picture, p.Fit, f))).ToList();
        string[] captions = [.. Captions().Distinct(StringComparer.Ordinal)];
        pictures.AddRange(pictures.Where(p => p.Picture.Twin is not null).Select(p => (p.Picture.Twin!, p.Fit, p.f)).ToList());
        int done = 0, total = pictures.Count + captions.Length;
        foreach (var (picture, fit, flipped) in pictures)
        {
            cancellation.ThrowIfCancellationRequested();
            bool computed = Latents.Prepare(picture, fit, flipped);
            yield return new PreparationStep(++done, total, picture.Path, computed);
        }
        foreach (string caption in captions)
        {
            cancellation.ThrowIfCancellationRequested();
            bool computed = Texts.Prepare(caption);
            yield return new PreparationStep(++done, total, caption, computed);
        }
    }

    /// <summary>Changes when any picture, crop, caption or number of showings does; as they were when the run first asked.</summary>
    public string Fingerprint => _fingerprint ??= MakeFingerprint();

    private string MakeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (use, pictures) in new[] { ("trained", _trained), ("held out", _heldOut) })
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{use} {pictures.Count}\n"));
            foreach (var (picture, fit) in pictures)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(
                    $"{ContentOf(picture, fit)}{(picture.Twin is { } twin ? $" {ContentOf(twin, fit)}" : "")} {picture.Folder.Repeats} {picture.Folder.Regularisation} {picture.Folder.Flip} {picture.Folder.Captions} {picture.Caption.Length} {picture.Caption}\n"));
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What is shown at a place of the run.</summary>
    /// <param name="place">0-based number of the batch, over all epochs.</param>
    public FlowBatch Batch(long place)
    {
        var showings = _order.At(place);
        long epoch = place / BatchesPerEpoch;
        List<Row> rows = [];
        for (int i = 0; i < showings.Count; i++)
        {
            var (picture, fit) = _trained[showings[i].Picture];
            string caption = RulesOf(picture).At(picture.Caption, CaptionSeed(showings[i].Picture), _randomness.For("caption", place, i));
            double level = LevelOf(fit, place, i);
            var row = new Row
            {
                Picture = picture,
                Fit = fit,
                Flipped = picture.Folder.Flip && (showings[i].Repeat + epoch) % 2 == 1,
                Caption = caption,
                NoiseSeed = _randomness.For("noise", place, i),
                Level = level,
                Weight = picture.Folder.Regularisation ? _plan.PriorWeight : 1,
                SourceShare = picture.Folder.Twins is null || caption.Length == 0 ? 0 : SourceShare(level, _randomness.For("source", place, i)),
                TowardsBase = caption.Length == 0 && _plan.KeepsUnprompted && !picture.Folder.Regularisation,
            };
            rows.Add(row);
            if (_plan.Preservation is { } preservation && !picture.Folder.Regularisation && caption.Length > 0)
                rows.Add(row with { Caption = preservation.Of(caption), TowardsBase = true, IsPreserved = true, Weight = preservation.Weight });
        }
        // the mean over all rows is to be the mean over the data plus the weighted mean over what is preserved
        int preserved = rows.Count(r => r.IsPreserved), data = rows.Count - preserved;
        return Assemble([.. rows.Select(r => preserved == 0 ? r : r with { Weight = r.Weight * rows.Count / (r.IsPreserved ? preserved : data) })]);
    }

    /// <summary>One picture at several noise levels, as validation looks at it: plain caption, fixed noise.</summary>
    public FlowBatch Probe(TrainingPicture picture, BucketFit fit, IReadOnlyList<double> levels)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(levels);
        // the noise belongs to the picture and the level, not to the run's step: the same at every validation
        long seed = _randomness.For(ContentOf(picture, fit));
        return Assemble([.. levels.Select((level, i) => new Row
        {
            Picture = picture,
            Fit = fit,
            Caption = RulesOf(picture).Plain(picture.Caption),
            NoiseSeed = Randomness.Mixed(seed, i),
            Level = level,
        })]);
    }

    private FlowBatch Assemble(IReadOnlyList<Row> rows)
    {
        using var scope = NewDisposeScope();
        using var outside = inference_mode(false);
        using var still = no_grad();
        List<Tensor> latents = [], sources = [], noise = [], states = [], pooled = [], masks = [];
        foreach (var row in rows)
        {
            var encoded = Latents.Get(row.Picture, row.Fit, row.Flipped);
            var text = Texts.Get(row.Caption);
            latents.Add(encoded.Latents);
            sources.Add(row.SourceShare == 0 ? encoded.Latents : encoded.Latents.lerp(Latents.Get(row.Picture.Twin!, row.Fit, row.Flipped).Latents, row.SourceShare));
            masks.Add(encoded.Mask ?? ones_like(encoded.Latents));
            noise.Add(Randomness.Normal(row.NoiseSeed, encoded.Latents.shape));
            states.Add(text.States);
            pooled.Add(text.Pooled);
        }
        bool masked = rows.Any(r => r.Picture.Mask is not null || r.Picture.Folder.AlphaMask);
        return new FlowBatch
        {
            Latents = scope.Detach(cat(latents, 0)),
            Sources = rows.Any(r => r.SourceShare > 0) ? scope.Detach(cat(sources, 0)) : null,
            Noise = scope.Detach(cat(noise, 0)),
            Levels = [.. rows.Select(r => r.Level)],
            States = scope.Detach(cat(states, 0)),
            Pooled = scope.Detach(cat(pooled, 0)),
            Rows = rows[0].Fit.Bucket.Height / _model.PixelStep,
            Columns = rows[0].Fit.Bucket.Width / _model.PixelStep,
            Mask = masked ? scope.Detach(cat(masks, 0)) : null,
            Weights = rows.All(r => r.Weight == 1) ? null : [.. rows.Select(r => r.Weight)],
            TowardsBase = rows.Any(r => r.TowardsBase) ? [.. rows.Select(r => r.TowardsBase)] : null,
        };
    }

    private double LevelOf(BucketFit fit, long place, int i)
    {
        long seed = _randomness.For("level", place, i);
        int tokens = fit.Bucket.Width / _model.PixelStep * (fit.Bucket.Height / _model.PixelStep);
        return _plan.Levels.Level(_plan.Levels.DrawsUniform ? Randomness.Uniform(seed).First() : Randomness.Normal(seed), tokens);
    }

    /// <summary>
    /// How much of the other look is noised: any share, less near the picture, where the way from one to the other would have to be gone in no time. It bends the path by at most twice
    /// the difference of both.
    /// </summary>
    private static double SourceShare(double level, long seed) => Randomness.Uniform(seed).First() * Math.Min(1, 2 * level);

    private IEnumerable<string> Captions()
    {
        for (int i = 0; i < _trained.Count; i++)
        {
            bool preserved = _plan.Preservation is not null && !_trained[i].Picture.Folder.Regularisation;
            foreach (string caption in RulesOf(_trained[i].Picture).All(_trained[i].Picture.Caption, CaptionSeed(i)))
            {
                yield return caption;
                if (preserved && caption.Length > 0)
                    yield return _plan.Preservation!.Of(caption);
            }
            yield return RulesOf(_trained[i].Picture).Plain(_trained[i].Picture.Caption);
        }
        foreach (var (picture, _) in _heldOut)
            yield return RulesOf(picture).Plain(picture.Caption);
    }

    private string ContentOf(TrainingPicture picture, BucketFit fit)
    {
        if (!_contents.TryGetValue((picture, fit), out string? content))
            content = _contents[(picture, fit)] = picture.ContentKey(fit, flipped: false);
        return content;
    }

    private CaptionRules RulesOf(TrainingPicture picture) => picture.Folder.Captions ?? _plan.Captions;

    private long CaptionSeed(int picture) => _randomness.For("tags", picture);

    private static IEnumerable<bool> Flips(TrainingPicture picture) => picture.Folder.Flip ? [false, true] : [false];

    private sealed record Row
    {
        public required TrainingPicture Picture { get; init; }

        public required BucketFit Fit { get; init; }

        public bool Flipped { get; init; }

        public required string Caption { get; init; }

        public required long NoiseSeed { get; init; }

        public required double Level { get; init; }

        /// <summary>Of the picture's twin in what is noised.</summary>
        public double SourceShare { get; init; }

        public double Weight { get; init; } = 1;

        public bool TowardsBase { get; init; }

        /// <summary>A second showing, for <see cref="TrainingPlan.Preservation"/>.</summary>
        public bool IsPreserved { get; init; }
    }
}
