using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Imaging;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Samplers;
using Gesso.Diffusion.Schedules;

namespace Gesso.Engine;

/// <summary>A request with every default filled in and every value checked; nothing is decided after it.</summary>
public sealed class GenerationPlan
{
    /// <summary>Longest side of a picture.</summary>
    public const int LargestSide = 8192;

    /// <summary>Longest prompt in characters; more than a hundred times what the encoders read.</summary>
    public const int LongestPrompt = 100_000;

    /// <summary>Largest weight of an adapter; at a few times its training it already draws only noise.</summary>
    public const double StrongestAdapter = 10;

    private GenerationPlan(ImageRequest request, DenoisePlan first, int count, int textTokens, IReadOnlyList<string> notes)
    {
        Request = request;
        First = first;
        Count = count;
        TextTokens = textTokens;
        Notes = notes;
    }

    /// <summary>The request with every default written in: what a recipe is made of.</summary>
    public ImageRequest Request { get; }

    /// <summary>The first picture; the others differ in their seed.</summary>
    public DenoisePlan First { get; }

    public int Count { get; }

    /// <summary>T5 tokens, padding included: the text length, but as many as the prompt takes under <see cref="ParityMode.Comfy"/>.</summary>
    public int TextTokens { get; }

    /// <summary>What was adjusted, in sentences for the user.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>
    /// Plans of one model with equal keys can go through the network together and finish together: size, steps, sampler, text tokens, true guidance or
    /// not, a given picture or not, a control picture or not, adapters. Prompts, seeds and guidance scales may differ.
    /// </summary>
    public string BatchKey => string.Join(
        '|', First.Size, First.StepsToRun, First.Sampler, TextTokens, First.UsesTrueGuidance ? "guided" : "plain", First.InitImage is null ? "new" : "given",
        First.ControlImage is null ? "free" : "controlled",
        string.Join('+', First.Adapters.Select(a => FormattableString.Invariant($"{a.Sha256}:{a.Strength}"))));

    /// <summary>What only the model's tokenizer and the adapters' files tell.</summary>
    internal GenerationPlan With(int textTokens, IReadOnlyList<PlannedAdapter> adapters, IReadOnlyList<string> notes) =>
        new(Request, First with { Adapters = adapters }, Count, textTokens, [.. Notes, .. notes]);

    public DenoisePlan Picture(int index) => First with { Seed = First.Seed.Next(index) };

    /// <param name="request">What was asked for.</param>
    /// <param name="card">The model's defaults and limits.</param>
    /// <param name="seed">The seed if the request names none.</param>
    /// <exception cref="GessoException">InvalidRequest naming the field, the value and the range.</exception>
    public static GenerationPlan Create(ImageRequest request, ModelCard card, Seed seed)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(card);
        List<string> notes = [];
        Text("Prompt", request.Prompt);
        Text("Prompt 2", request.Prompt2);
        Text("Negative prompt", request.NegativePrompt);
        int steps = Range("Steps", request.Steps ?? card.Defaults.Steps, 1, 1000);
        double guidance = Range("Guidance", request.Guidance ?? card.Defaults.Guidance, 0, 100);
        double trueGuidance = Range("True guidance (cfg)", request.TrueGuidance ?? card.Defaults.TrueGuidance, 1, 100);
        int count = Range("Count", request.Count, 1, 1000);
        int textLength = Range("Text length", request.TextLength ?? card.Defaults.TextLength, 1, 4096);
        double strength = request.Strength is { } given ? Range("Strength", given, 0, 1) : 0.6;
        if (request.Seed is { Value: < 0 })
            throw GessoException.Invalid("bad_seed", $"Seed: expected 0 to {long.MaxValue}, got {request.Seed}.");
        if (request.Guidance is > 0 && !card.TakesGuidance)
            notes.Add($"{card.Name} has no distilled guidance: {request.Guidance} is ignored; --cfg guides it.");
        if (textLength > card.MaxTextLength)
        {
            if (request.TextLength is not null)
                notes.Add($"Text length {textLength} is more than the {card.MaxTextLength} tokens this model was made for: {card.MaxTextLength} are used.");
            textLength = card.MaxTextLength;
        }
        if (request.Mask is not null && request.InitImage is null)
            throw GessoException.Invalid("mask_without_image", "A mask needs an initial picture (--init-image) to keep parts of.");
        if (request.Strength is not null && request.InitImage is null)
            throw GessoException.Invalid("strength_without_image", "Strength needs an initial picture (--init-image).");
        if (card.TakesControl && request.ControlImage is null)
            throw ControlNeeded(card.Name);
        foreach (var adapter in request.Adapters)
            WeightOf(adapter);
        if (request.InitImage is not null)
            _ = FlowSchedule.Create(steps, null).From(strength);                            // refuses a strength that leaves no step
        var size = SizeOf(request, card, notes);
        var resolved = request with
        {
            NegativePrompt = request.NegativePrompt ?? (trueGuidance > 1 ? card.Defaults.NegativePrompt : null),
            Size = size,
            Steps = steps,
            Guidance = card.TakesGuidance ? guidance : null,
            TrueGuidance = trueGuidance,
            Seed = request.Seed ?? seed,
            Strength = request.InitImage is null ? null : strength,
            TextLength = textLength,
            Sampler = SamplerCatalog.Validate(request.Sampler ?? card.Defaults.Sampler),
            Parity = request.Parity ?? ParityMode.Diffusers,
        };
        var first = new DenoisePlan
        {
            Prompt = resolved.Prompt,
            Prompt2 = resolved.Prompt2 ?? resolved.Prompt,
            NegativePrompt = resolved.NegativePrompt,
            Size = size,
            Steps = steps,
            Guidance = guidance,
            TrueGuidance = trueGuidance,
            Seed = resolved.Seed!.Value,
            Sampler = resolved.Sampler!,
            Parity = resolved.Parity!.Value,
            TextLength = textLength,
            InitImage = request.InitImage is null ? null : Resampler.Resize(Resampler.ToRgb(request.InitImage), size.Width, size.Height),
            Mask = request.Mask is null ? null : Resampler.Resize(Resampler.ToGrey(request.Mask), size.Width, size.Height),
            Strength = strength,
            ControlImage = request.ControlImage is null ? null : Resampler.Resize(Resampler.ToRgb(request.ControlImage), size.Width, size.Height),
        };
        return new GenerationPlan(resolved, first, count, textLength, notes);
    }

    /// <param name="what">A model or an adapter.</param>
    internal static GessoException ControlNeeded(string what) => GessoException.Invalid(
        "control_image_needed", $"{what} follows a control picture (edges, a depth map), and none was given: give it with --control-image (a job: control_image).");

    /// <summary>The weight, in its range.</summary>
    internal static double WeightOf(ImageAdapter adapter) => Range($"Weight of {adapter.File}", adapter.Weight, -StrongestAdapter, StrongestAdapter);

    private static ImageSize SizeOf(ImageRequest request, ModelCard card, List<string> notes)
    {
        int step = card.PixelStep;
        var asked = request.Size ?? request.InitImage?.Size ?? request.ControlImage?.Size ?? card.Defaults.Size;
        if (asked.Width < step || asked.Height < step)
            throw GessoException.Invalid("bad_size", $"Size: {asked} is too small; {card.Name} draws at least {step}x{step} pixels.");
        if (asked.Width > LargestSide || asked.Height > LargestSide)
            throw GessoException.Invalid("bad_size", $"Size: {asked} is too large; a side has at most {LargestSide} pixels. Draw smaller and upscale.");
        var size = new ImageSize(asked.Width / step * step, asked.Height / step * step);
        if (size != asked)
            notes.Add($"Size {asked} becomes {size}: sides are multiples of {step}.");
        return size;
    }

    private static void Text(string field, string? text)
    {
        if (text is { Length: > LongestPrompt })
            throw GessoException.Invalid("prompt_too_long", $"{field}: expected at most {LongestPrompt} characters, got {text.Length}.");
    }

    private static int Range(string field, int value, int low, int high) => value >= low && value <= high
        ? value
        : throw GessoException.Invalid("out_of_range", $"{field}: expected {low} to {high}, got {value}.");

    private static double Range(string field, double value, double low, double high) => value >= low && value <= high
        ? value
        : throw GessoException.Invalid("out_of_range", $"{field}: expected {low} to {high}, got {value}.");
}
