using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Training.Buckets;
using Gesso.Training.Planning;

namespace Gesso.Training.Preflight;

/// <summary>Everything that can be known before a weight is loaded.</summary>
public sealed record PreflightReport
{
    private const int FewPictures = 10;
    private const double MostAlike = 0.3;

    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>How many pictures are trained at which size.</summary>
    public required IReadOnlyList<(ImageSize Bucket, int Pictures)> Buckets { get; init; }

    public required PlannedTraining Training { get; init; }

    public required Effort Effort { get; init; }

    /// <summary>Disk that caches and adapters will take.</summary>
    public required long DiskBytes { get; init; }

    public bool HasProblems => Findings.Any(f => f.Kind == FindingKind.Problem);

    /// <param name="training">What would be run.</param>
    /// <param name="survey">Its pictures.</param>
    /// <param name="model">What would be trained.</param>
    /// <param name="effort">What it would take.</param>
    /// <param name="freeMemory">Bytes that are there; null: not known.</param>
    public static PreflightReport Of(PlannedTraining training, PictureSurvey survey, FluxModel model, Effort effort, long? freeMemory)
    {
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(survey);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(effort);
        var plan = training.Plan;
        var used = survey.Used;
        var buckets = used.Select(p => p.Picture.Folder).Distinct().ToDictionary(f => f, f => new AspectBuckets(f.BucketsOf(plan.Buckets)));
        BucketFit Fit(PictureFacts picture) => buckets[picture.Picture.Folder].Fit(picture.Size!.Value);
        List<Finding> findings = [.. Pictures(survey, plan, Fit), .. Captions(used, plan, model)];
        if (freeMemory is { } free && effort.MemoryBytes > free)
        {
            findings.Add(new Finding(FindingKind.Problem,
                $"About {Gigabytes(effort.MemoryBytes)} of memory are needed, {Gigabytes(free)} are free. {Smaller(plan)}", []));
        }
        return new PreflightReport
        {
            Findings = [.. findings.OrderBy(f => f.Kind)],
            Buckets = [.. used.GroupBy(p => Fit(p).Bucket).Select(g => (g.Key, g.Count())).OrderByDescending(b => b.Item2).ThenBy(b => b.Key.Width)],
            Training = training,
            Effort = effort,
            DiskBytes = Disk(training, used, model),
        };
    }

    private static IEnumerable<Finding> Pictures(PictureSurvey survey, TrainingPlan plan, Func<PictureFacts, BucketFit> fit)
    {
        var used = survey.Used;
        int own = used.Count(p => !p.Picture.Folder.Regularisation);
        foreach (var broken in survey.Broken)
            yield return new Finding(FindingKind.Warning, $"Left out: {broken.Problem}", Names([broken]));
        if (survey.Copies.Count > 0)
        {
            yield return new Finding(FindingKind.Warning,
                $"{Count(survey.Copies.Count, "picture is a copy", "pictures are copies")} of another, pixel for pixel, and left out: what is shown more often is learnt more. Repeats are the way to weigh a folder.",
                [.. survey.Copies.Select(c => $"{Name(c.Copy)} = {Name(c.Of)}")]);
        }
        if (survey.Alike.Count > 0)
        {
            yield return new Finding(survey.Alike.Count > own * MostAlike ? FindingKind.Warning : FindingKind.Note,
                $"{Count(survey.Alike.Count, "pair looks", "pairs look")} nearly the same. Several shots of one scene teach that scene: keep the best.",
                [.. survey.Alike.Select(a => $"{Name(a.One)} ~ {Name(a.Other)}")]);
        }
        if (own < FewPictures)
            yield return new Finding(FindingKind.Warning, $"Only {Count(own, "picture", "pictures")}: 20 to 200 make an adapter that does more than repeat them.", []);
        foreach (var finding in (Finding?[])[
            About(FindingKind.Note, used.Where(p => p.IsTransparent && !p.Picture.Folder.AlphaMask), "has", "have", "transparent parts, which are learnt as white. With --alpha-mask they do not count."),
            About(FindingKind.Warning, used.Where(p => p.Frames > 1), "is an animation, of which", "are animations, of which", "the first frame is learnt."),
            About(FindingKind.Warning, used.Where(p => p.IsCmyk), "has", "have", "printing colours (CMYK), which are turned into RGB without their profile. Export as sRGB if the colours matter."),
            About(FindingKind.Note, used.Where(p => p.IsTurned), "is", "are", "turned upright as the camera noted (EXIF)."),
            About(FindingKind.Warning, used.Where(p => IsSmall(p, plan, fit(p))), "is", "are", "much smaller than trained at: enlarging makes them soft. Larger originals are better."),
            About(FindingKind.Warning, used.Where(p => Cropped(fit(p)) > 0.2), "loses", "lose", "more than a fifth to cropping.")])
        {
            if (finding is not null)
                yield return finding;
        }
    }

    private static IEnumerable<Finding> Captions(IReadOnlyList<PictureFacts> used, TrainingPlan plan, FluxModel model)
    {
        var own = used.Where(p => !p.Picture.Folder.Regularisation).ToList();
        var none = own.Where(p => p.Picture.CaptionFile is null).ToList();
        if (none.Count > 0)
        {
            bool all = none.Count == own.Count, worded = none.All(p => p.Picture.Folder.ClassTokens is not null);
            string instead = worded ? "the words of their folder are used" : plan.Captions.Trigger is { } word ? $"\"{word}\" alone is used" : "nothing is said to the model";
            yield return new Finding(
                all && !worded && plan.Captions.Trigger is null ? FindingKind.Problem : FindingKind.Warning,
                all ? $"No picture has a caption (NAME.txt beside NAME.png): {instead}. For a style, say what is in each picture and leave the style out; then only the style is left for the trigger to learn."
                    : $"{Count(none.Count, "picture has", "pictures have")} no caption: {instead}.",
                all ? [] : Names(none));
        }
        var captioned = own.Where(p => p.Picture.CaptionFile is not null).ToList();
        if (plan.Captions.Trigger is { Length: > 0 } trigger)
        {
            var without = captioned.Where(p => !p.Picture.Caption.Contains(trigger, StringComparison.OrdinalIgnoreCase)).ToList();
            if (without.Count > 0)
                yield return new Finding(FindingKind.Note, $"{Count(without.Count, "caption lacks", "captions lack")} the trigger \"{trigger}\": it is put in front.", Names(without));
        }
        else
        {
            yield return new Finding(FindingKind.Warning, "There is no trigger: the adapter will act on every prompt. Give --trigger WORD to call it by.", []);
        }
        string lost = "";
        if (About(FindingKind.Warning, captioned.Where(p => model.T5Tokenizer.Truncates(plan.Captions.Plain(p.Picture.Caption), plan.TextLength, out lost)),
            "has", "have", $"a caption longer than the {plan.TextLength} tokens that are read; the rest is not seen. Shorten it, or give --text-length.") is { } longer)
        {
            yield return longer;
        }
        if (About(FindingKind.Note, captioned.Where(p => model.ClipTokenizer.Truncates(plan.Captions.Plain(p.Picture.Caption), out lost)),
            "has", "have", "a caption longer than CLIP reads; T5 reads on.") is { } clipped)
        {
            yield return clipped;
        }
        int distinct = captioned.Select(p => p.Picture.Caption).Distinct(StringComparer.Ordinal).Count();
        if (captioned.Count >= FewPictures && distinct * 4 < captioned.Count)
            yield return new Finding(FindingKind.Warning, $"{captioned.Count} pictures share {distinct} captions: what differs between them cannot be told apart.", []);
    }

    private static Finding? About(FindingKind kind, IEnumerable<PictureFacts> pictures, string one, string several, string what)
    {
        var files = Names(pictures);
        return files.Count == 0 ? null : new Finding(kind, $"{Count(files.Count, "picture", "pictures")} {(files.Count == 1 ? one : several)} {what}", files);
    }

    private static bool IsSmall(PictureFacts picture, TrainingPlan plan, BucketFit fit) =>
        !plan.Buckets.NeverEnlarge && picture.Size!.Value.Pixels * 2 < fit.Bucket.Pixels;

    private static double Cropped(BucketFit fit) => 1 - (double)fit.Bucket.Pixels / fit.Resized.Pixels;

    private static long Disk(PlannedTraining training, IReadOnlyList<PictureFacts> used, FluxModel model)
    {
        var plan = training.Plan;
        long latent = plan.Buckets.Resolution.Pixels / (model.AutoEncoderConfig.Downscale * model.AutoEncoderConfig.Downscale) * model.TransformerConfig.LatentChannels * 4;
        long text = ((long)plan.TextLength * model.TransformerConfig.ContextDim + model.TransformerConfig.PooledDim) * 4;
        long adapter = (long)plan.Modules.Rank * 2 * 300 * model.TransformerConfig.Hidden * 2;
        return used.Count * (latent + text) + adapter * (plan.LadderLength + 6);
    }

    private static string Smaller(TrainingPlan plan) => plan switch
    {
        { Checkpointing: false } => "Train with --checkpointing, a smaller --batch or a smaller --size.",
        { BatchSize: > 1 } => "Train with a smaller --batch or a smaller --size, or with --memory compact.",
        _ => "Train at a smaller --size, or with --memory compact.",
    };

    private static string Gigabytes(long bytes) => $"{bytes / 1e9:0.0} GB";

    private static string Count(int count, string one, string several) => $"{count} {(count == 1 ? one : several)}";

    private static IReadOnlyList<string> Names(IEnumerable<PictureFacts> pictures) => [.. pictures.Select(Name)];

    private static string Name(PictureFacts picture) => Path.GetFileName(picture.Picture.Path);
}
