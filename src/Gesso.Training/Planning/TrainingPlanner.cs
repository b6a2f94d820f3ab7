using System.Globalization;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Diffusion.Imaging;
using Gesso.Diffusion.Pipelines;
using Gesso.Training.Adapters;
using Gesso.Training.Buckets;
using Gesso.Training.Captions;
using Gesso.Training.Datasets;
using Gesso.Training.Losses;
using Gesso.Training.Optimizers;
using Gesso.Training.Preflight;
using Gesso.Training.Validation;
using Gesso.Training.Widening;

namespace Gesso.Training.Planning;

/// <summary>A setting of the run and why it is what it is.</summary>
/// <param name="Name">As people call it.</param>
/// <param name="Value">As it will be.</param>
/// <param name="Reason">Null: it was asked for.</param>
public sealed record Choice(string Name, string Value, string? Reason);

/// <summary>An order with nothing left open.</summary>
/// <param name="Plan">What is run.</param>
/// <param name="Choices">Every setting that matters, with reasons.</param>
/// <param name="StepsPerEpoch">Updates in one pass over the pictures; a part of one counts.</param>
/// <param name="Trained">Pictures that are trained on.</param>
/// <param name="HeldOut">Pictures that are only validated with.</param>
public sealed record PlannedTraining(TrainingPlan Plan, IReadOnlyList<Choice> Choices, double StepsPerEpoch, int Trained, int HeldOut)
{
    /// <summary>Other things that are drawn and trained on first (<see cref="StyleWidening"/>); null: only the pictures are learnt.</summary>
    public WideningPlan? Widening { get; init; }
}

/// <summary>
/// Decides what an order leaves open, from the number and size of the pictures and the size of the model. Where a number comes from trials, its place says which.
/// </summary>
/// <param name="model">What is trained; nothing of it is loaded here.</param>
/// <param name="card">Its defaults.</param>
public sealed class TrainingPlanner(FluxModel model, ModelCard card)
{
    /// <summary>From the settings that hosted trainers converged to (lora.md §1.4, §4): 4e-4 with alpha = rank at FLUX's width of 3072.</summary>
    private const double RateOfFlux = 4e-4;

    private const int WidthOfFlux = 3072;

    /// <summary>
    /// Of the width, for the rate of narrower models: found on the bundled model. There 6e-4 learns a style to 0.73 of the base's loss on pictures it never saw; 1.6e-3, as the
    /// square root of the width would have it, turns after 170 steps at 0.76 and carries less of the style to other things (bench style: 26 against 33 of 100).
    /// </summary>
    private const double RatePower = 0.15;

    private const int Rank = 16;
    private const int WidenedShowings = 8;

    /// <summary>A small model draws fast, and the more drawings of a thing there are, the less is learnt by heart.</summary>
    private const int DrawingsBySmall = 5;

    /// <summary>From two trials on the bundled model: with the plain rate loss still fell after 500 steps (32 % in the style), with this it turned after 300 (37 %, as well recognised).</summary>
    private const double WidenedRate = 3.3;

    /// <summary>Decay of the average of the weights a step.</summary>
    private const double Average = 0.99;

    /// <summary>Over some hundred steps: what single drawings pull at cancels out.</summary>
    private const double WidenedAverage = 0.997;

    private const int PreviewCount = 4;
    private const long SmallModel = 1_000_000_000;

    private readonly List<Choice> _choices = [];

    private bool IsSmall => model.Transformer.Shape.Elements < SmallModel;

    /// <param name="order">What was asked for.</param>
    /// <param name="survey">Its pictures.</param>
    /// <param name="drawing">How the engine draws when it is told nothing: for previews.</param>
    /// <exception cref="GessoException">A setting outside of its range; no pictures left.</exception>
    public PlannedTraining Plan(TrainingOrder order, PictureSurvey survey, DenoisePlan drawing)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(survey);
        ArgumentNullException.ThrowIfNull(drawing);
        _choices.Clear();
        var used = survey.Used.Where(p => !p.Picture.Folder.Regularisation).ToList();
        if (used.Count == 0)
            throw GessoException.Invalid("no_pictures", "No picture is left that can be trained on. Give at least one; 20 to 200 make a good adapter.");
        var buckets = BucketsFor(order, used);
        int batch = Take("batch", order.BatchSize, IsSmall ? Math.Min(8, used.Count) : 1, IsSmall ? "a small model has room for several at once" : "the usual for FLUX; gradients of one picture suffice");
        int rank = Take("rank", order.Rank, Rank, "enough for a style or a subject, and a small file");
        double alpha = Take("alpha", order.Alpha, rank, "equal to the rank, so that the rate means the same at every rank");
        bool guided = drawing.TrueGuidance > 1;
        var captions = CaptionsFor(order);
        var widening = WideningFor(order, captions, used);
        captions = captions with { Dropout = Take("caption dropout", order.CaptionDropout, guided ? 0.15 : 0.05, DropoutReason(guided, widening)) };
        int textLength = Take("text tokens", order.TextLength, card.Defaults.TextLength, "as the model draws");
        var plan = new TrainingPlan
        {
            Pictures = survey.Folders,
            OutputFolder = order.OutputFolder,
            Name = order.Name ?? NameOf(order.Trigger),
            CacheFolder = order.CacheFolder,
            Buckets = buckets,
            Captions = captions,
            TextLength = textLength,
            Steps = 1,
            BatchSize = batch,
            Accumulation = order.Accumulation ?? 1,
            Modules = (order.Modules ?? new ModuleSelection()) with { Rank = rank },
            Alpha = alpha,
            Dropout = order.Dropout,
            Levels = order.Levels ?? new NoiseLevels(),
            Loss = order.Loss ?? new FlowLoss(),
            Optimizer = order.Optimizer ?? new OptimizerPlan(),
            Rate = RateFor(order, widening),
            MaxGradientNorm = order.MaxGradientNorm ?? 1,
            AverageDecay = order.AverageDecay ?? (order.Optimizer?.Kind == OptimizerKind.ScheduleFreeAdamW ? null : widening is null ? Average : WidenedAverage),
            Guidance = order.Guidance ?? 1,
            Checkpointing = order.Checkpointing ?? (!IsSmall && model.Target.IsCpu),
            Seed = new Seed(order.Seed ?? 42),
            PriorWeight = order.PriorWeight ?? 1,
            Preservation = order.PreservedClass is { } kept
                ? new OutputPreservation(order.Trigger ?? throw GessoException.Invalid("no_trigger", "What is to be kept of a class needs a trigger: give --trigger."), kept)
                : null,
            KeepsUnprompted = guided && widening is null && order.CaptionDropout is null,
            Resume = !order.Fresh,
            Validation = new ValidationPlan
            {
                HoldOut = order.HoldOut ?? 0.1,
                Drawing = drawing with { Size = buckets.Resolution },
                PreviewPrompts = order.PreviewPrompts ?? [.. Previews(used, captions).Select(p => new PreviewPrompt(p))],
                ForgettingPrompts = Forgetting(used, order.Trigger),
            },
        };
        TrainingData data = new(plan.Validate(model), model, survey.Measured);
        int steps = StepsFor(order, data, batch, widening);
        int each = order.SaveEvery is { } save ? Math.Max(1, order.SavesByEpoch ? (int)Math.Round(save * data.StepsPerEpoch) : save) : 0;
        int look = order.ValidateEvery is { } every ? Math.Max(1, order.ValidatesByEpoch ? (int)Math.Round(every * data.StepsPerEpoch) : every) : 0;
        plan = plan with { Steps = steps, SaveEvery = each, Validation = plan.Validation with { Every = look } };
        _choices.Add(new Choice("noise levels", plan.Levels.Sampling.ToString(), order.Levels is null ? "by the size of the picture, as FLUX draws" : null));
        _choices.Add(new Choice("held out", $"{data.HeldOut.Count} of {used.Count} pictures", order.HoldOut is null
            ? data.HeldOut.Count == 0 ? "fewer than 12 pictures: each is needed" : "they choose the best adapter" : null));
        return new PlannedTraining(plan.Validate(model), [.. _choices], StepsPerEpoch(data, plan, widening), data.Trained.Count, data.HeldOut.Count) { Widening = widening };
    }

    private BucketOptions BucketsFor(TrainingOrder order, List<PictureFacts> used)
    {
        int step = order.SideStep ?? (IsSmall ? model.PixelStep : 64);
        ImageSize resolution;
        if (order.Resolution is { } given)
        {
            resolution = given;
            _choices.Add(new Choice("resolution", given.ToString(), null));
        }
        else
        {
            double median = used.Select(p => Math.Sqrt(p.Size!.Value.Pixels)).Order().ElementAt(used.Count / 2);
            int most = Math.Min((int)Math.Sqrt(card.Defaults.Size.Pixels), IsSmall ? int.MaxValue : model.Target.IsCpu ? 512 : 1024);
            int side = Math.Max(step, (int)Math.Min(most, median) / step * step);
            resolution = new ImageSize(side, side);
            _choices.Add(new Choice("resolution", resolution.ToString(), side < most / step * step ? "the area of your middle picture: nothing is gained by enlarging" : "what the model draws best at"));
        }
        int larger = Math.Max(resolution.Width, resolution.Height), smaller = Math.Min(resolution.Width, resolution.Height);
        return new BucketOptions
        {
            Resolution = resolution,
            Enabled = order.Buckets ?? true,
            Shortest = order.ShortestSide is { } shortest ? Math.Max(step, shortest / step * step) : Math.Max(step, smaller / 2 / step * step),
            Longest = order.LongestSide is { } longest ? Math.Max(longest, larger) / step * step : larger * 2 / step * step,
            Step = step,
            NeverEnlarge = order.NeverEnlarge ?? false,
        };
    }

    private static CaptionRules CaptionsFor(TrainingOrder order) => new()
    {
        Trigger = order.Trigger,
        Prefix = order.CaptionPrefix,
        Suffix = order.CaptionSuffix,
        ShuffleTags = order.ShuffleTags,
        KeepTags = order.KeepTags ?? 1,
        TagDropout = order.TagDropout ?? 0,
    };

    /// <summary>
    /// Guidance multiplies the distance between the answers with and without a prompt. Of few pictures little of the style is learnt, and it helps that this is multiplied, too. Of
    /// hundreds enough is learnt: multiplied, it draws things to pieces (bench style on the bundled model: 89 % in the style, but 60 % recognised; at half the guidance 88 % and 85 %).
    /// </summary>
    private static string DropoutReason(bool guided, WideningPlan? widening) => (guided, widening) switch
    {
        (true, null) => "and there the base's answer is kept: guidance multiplies the distance to it, and with it what is learnt",
        (true, _) => "and there the style is learnt, too: guidance multiplies the distance to it, which is to sharpen things and not the style",
        _ => "keeps drawing without a prompt alive",
    };

    private LearningRate RateFor(TrainingOrder order, WideningPlan? widening)
    {
        var kind = order.Optimizer?.Kind ?? OptimizerKind.AdamW;
        double adam = RateOfFlux * Math.Pow((double)WidthOfFlux / model.TransformerConfig.Hidden, RatePower) * (widening is null ? 1 : WidenedRate);
        (double peak, string why) = kind switch
        {
            OptimizerKind.Prodigy => (1, "Prodigy finds the rate itself"),
            OptimizerKind.Lion => (adam / 5, "Lion's steps are larger than Adam's"),
            OptimizerKind.Adafactor when order.Optimizer!.Adafactor.RelativeStep => (1, "Adafactor sets its own"),
            OptimizerKind.Muon => (adam * 5, "Muon's steps are spread over all directions"),
            _ => (Round(adam), $"for alpha = rank and a model {model.TransformerConfig.Hidden} wide{(widening is null ? "" : "; higher, for much is shown and little by heart")}"),
        };
        double rate = Take("learning rate", order.LearningRate, peak, why);
        bool alone = kind is OptimizerKind.Prodigy or OptimizerKind.ScheduleFreeAdamW;
        var schedule = order.Schedule ?? (alone ? RateSchedule.Constant : RateSchedule.Cosine);
        _choices.Add(new Choice("schedule", schedule.ToString(), order.Schedule is null ? alone ? "the optimiser has no need of one" : "falls to a tenth, so that the end is calm" : null));
        return new LearningRate
        {
            Peak = rate,
            Schedule = schedule,
            Warmup = order.Warmup ?? (order.Schedule is null && !alone ? 0.05 : 0),
            Cycles = order.ScheduleCycles ?? 1,
            Power = order.SchedulePower ?? 1,
            FloorRatio = order.ScheduleFloor ?? (order.Schedule is null && !alone ? 0.1 : 0),
        };
    }

    /// <summary>
    /// Where a style is learnt that any drawing can be redrawn in, and it is known what else there is to draw. About one showing of a given picture for two of redrawn ones: the given
    /// ones are the real thing.
    /// </summary>
    private WideningPlan? WideningFor(TrainingOrder order, CaptionRules rules, List<PictureFacts> used)
    {
        if (order.Things.Count == 0 || order.Trigger is not { Length: > 0 } || order.PreservedClass is not null)
            return null;
        var captions = WideningPlan.CaptionsFor([.. used.Select(p => p.Picture.Caption)], rules, order.Things);
        if (captions.Count == 0)
            return null;
        var style = FlatStyle.Of([.. used.Select(p => Resampler.ToRgb(ImageFiles.Read(p.Picture.Path)))]);
        if (style is null or { LineWidth: > 0 })
        {
            _choices.Add(new Choice("other things", "none", style is null
                ? "the pictures are not made of even areas in a few colours, so no drawing can be redrawn in their style"
                : "the pictures have dark lines round things: drawings that were redrawn with such lines taught too much of them"));
            return null;
        }
        WideningPlan widening = new() { Captions = captions };
        if (IsSmall)
            widening = widening with { Drawings = DrawingsBySmall };
        widening = widening with { Repeats = Math.Max(1, (int)Math.Round(widening.Count / (2.0 * used.Count))) };
        _choices.Add(new Choice("other things", Number(captions.Count), $"drawn by the base, {widening.Drawings} times each, and redrawn in the pictures' {style.Colours.Count} colours; --things none leaves them out"));
        return widening.Validate();
    }

    private static double StepsPerEpoch(TrainingData data, TrainingPlan plan, WideningPlan? widening) => widening is null
        ? data.StepsPerEpoch
        : Math.Ceiling((data.Trained.Count * widening.Repeats + widening.Count) / (double)plan.BatchSize) / plan.Accumulation;

    private int StepsFor(TrainingOrder order, TrainingData data, int batch, WideningPlan? widening)
    {
        if (order.Epochs is { } passes)
        {
            int counted = Math.Max(1, (int)Math.Round(passes * data.StepsPerEpoch));
            _choices.Add(new Choice("steps", Number(counted), $"{passes:0.##} epochs of {data.StepsPerEpoch:0.##} steps"));
            return counted;
        }
        // 15 to 30 pictures are trained 800 to 2,000 steps at batch 1 by those who know (lora.md §5); a small model sees each picture more often
        int pictures = data.Trained.Count(p => !p.Picture.Folder.Regularisation);
        int chosen = IsSmall
            ? Math.Clamp(widening is null ? pictures * 70 / batch : (pictures * widening.Repeats + widening.Count) * WidenedShowings / batch, 300, 1500)
            : Math.Clamp(pictures * 40 / batch, Math.Max(1, 800 / batch), Math.Max(1, 3000 / batch));
        double epochs = widening is null ? chosen / data.StepsPerEpoch : (double)chosen * batch / (pictures * widening.Repeats + widening.Count);
        return Take("steps", order.Steps, chosen, $"{epochs:0} showings of each picture{(widening is null ? "" : ", given or redrawn")}; the best of them on the way is kept");
    }

    private static IReadOnlyList<string> Previews(List<PictureFacts> used, CaptionRules captions)
    {
        string[] all = [.. used.Select(p => captions.Plain(p.Picture.Caption)).Where(c => c.Length > 0).Distinct()];
        return [.. Spread(all, PreviewCount)];
    }

    /// <summary>The captions without the trigger: how the base draws these is not to change.</summary>
    private static IReadOnlyList<string> Forgetting(List<PictureFacts> used, string? trigger)
    {
        if (trigger is not { Length: > 0 })
            return [];
        string[] all = [.. used.Select(p => Without(p.Picture.Caption, trigger)).Where(c => c.Length > 0).Distinct()];
        return [.. Spread(all, PreviewCount)];
    }

    private static string Without(string caption, string trigger) =>
        caption.Replace(trigger, "", StringComparison.OrdinalIgnoreCase).Replace("  ", " ", StringComparison.Ordinal).Trim(' ', ',', '.');

    private static IEnumerable<string> Spread(string[] all, int count) =>
        Enumerable.Range(0, Math.Min(count, all.Length)).Select(i => all[i * all.Length / Math.Min(count, all.Length)]);

    private static string NameOf(string? trigger)
    {
        string name = string.Concat((trigger ?? "").Select(c => char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')).Trim('-');
        return name.Length > 0 ? name : "lora";
    }

    private T Take<T>(string name, T? given, T chosen, string reason)
        where T : struct, IFormattable
    {
        var value = given ?? chosen;
        _choices.Add(new Choice(name, Number(value), given is null ? reason : null));
        return value;
    }

    private static string Number(IFormattable value) => value.ToString(value is double ? "G4" : null, CultureInfo.InvariantCulture);

    /// <summary>To two digits: more would pretend to know.</summary>
    private static double Round(double rate)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(rate)) - 1);
        return Math.Round(rate / unit) * unit;
    }
}
