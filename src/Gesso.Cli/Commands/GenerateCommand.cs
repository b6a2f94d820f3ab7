using System.CommandLine;
using Gesso.Cli.Commands.Text;
using Gesso.Cli.Rendering;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Diffusion.Imaging;
using Gesso.Diffusion.Samplers;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Engine.Recipes;
using Gesso.Engine.Text;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;

namespace Gesso.Cli.Commands;

/// <summary><c>gesso generate</c>: prompt → PNG files with their recipe inside.</summary>
internal sealed class GenerateCommand
{
    private readonly Argument<string?> _prompt = new("prompt") { Description = "What to draw.", Arity = ArgumentArity.ZeroOrOne };
    private readonly EngineArguments _engine = new();
    private readonly Option<string?> _prompt2 = new("--prompt-2") { Description = "A separate prompt for T5.", HelpName = "TEXT" };
    private readonly Option<int?> _steps = new("--steps") { Description = "Denoising steps.", HelpName = "N" };
    private readonly Option<double?> _guidance = new("--guidance") { Description = "Distilled guidance (FLUX.1 dev).", HelpName = "G" };
    private readonly Option<double?> _cfg = new("--cfg") { Description = "True guidance; 1 turns it off.", HelpName = "S" };
    private readonly Option<string?> _negative = new("--negative") { Description = "What to keep out of the picture (with --cfg above 1).", HelpName = "TEXT" };
    private readonly Option<long?> _seed = new("--seed") { Description = "Same seed, same picture. Default: a new one each time.", HelpName = "N" };
    private readonly Option<string?> _size = new("--size") { Description = "Pixels, for example 1024x768.", HelpName = "WxH" };
    private readonly Option<int?> _count = new("--count", "-n") { Description = "How many pictures, each with the next seed.", HelpName = "N" };
    private readonly Option<string?> _initImage = new("--init-image") { Description = "Start from this picture.", HelpName = "FILE" };
    private readonly Option<double?> _strength = new("--strength") { Description = "How much of the initial picture is redrawn, 0 to 1. Default: 0.6.", HelpName = "S" };
    private readonly Option<string?> _mask = new("--mask") { Description = "Redraw only where this picture is white.", HelpName = "FILE" };
    private readonly Option<string?> _control = new("--control-image") { Description = "Follow this picture (edges, a depth map), with a control model or a control adapter.", HelpName = "FILE" };
    private readonly Option<int?> _textLength = new("--text-length") { Description = "T5 tokens.", HelpName = "N" };
    private readonly Option<string?> _sampler = new("--sampler") { Description = $"One of {string.Join(", ", SamplerCatalog.Names)}.", HelpName = "NAME" };
    private readonly Option<string?> _parity = new("--parity") { Description = "Whose conventions to follow: diffusers, bfl or comfy.", HelpName = "NAME" };
    private readonly Option<string[]> _lora = new("--lora") { Description = "Adapter (LoRA, LoKr, LoHa, DoRA …) and its weight, for example brand.safetensors:0.8; may be given several times.", HelpName = "FILE[:W]" };
    private readonly Option<bool> _mergeLora = new("--merge-lora") { Description = "Add the adapters to the weights instead of computing them beside: faster steps, small losses in weights of 16 bits and fewer." };
    private readonly Option<string?> _from = new("--from") { Description = "Repeat the recipe inside this picture (Gesso's or AUTOMATIC1111's); other options change it.", HelpName = "PNG" };
    private readonly Option<string?> _text = new("--text") { Description = "Lay this text document into each picture, exactly as written (docs/typography.md).", HelpName = "LAYERS.json" };
    private readonly Option<bool> _noText = new("--no-text") { Description = "Draw the prompt as it is. Without it, words in quotation marks are kept from the model and laid in afterwards." };
    private readonly Option<bool> _ocr = new("--ocr") { Description = "Also read the laid text back (as gesso text verify --ocr does), and try again where it cannot be read." };
    private readonly Option<double?> _textRing = new("--text-ring") { Description = $"Redraw the surface right around the laid letters by so much, above 0 to {RingRedraw.Strongest}; the letters stay exact. Default: not.", HelpName = "S" };
    private readonly Option<string?> _out = new("--out", "-o") { Description = "PNG to write; several get -1, -2 … before the extension.", HelpName = "FILE" };
    private readonly Option<string> _preview = new("--preview") { Description = "Show the picture while it forms: auto, kitty, iterm, sixel, blocks, off.", DefaultValueFactory = _ => "auto" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress." };

    public static Command Create()
    {
        var generate = new GenerateCommand();
        var command = new Command("generate", "Draw pictures from a prompt.") { generate._prompt };
        generate._engine.AddTo(command);
        generate._preview.AcceptOnlyFromAmong([.. PreviewOption.Values]);
        foreach (Option option in new Option[]
        {
            generate._prompt2, generate._steps, generate._guidance, generate._cfg, generate._negative, generate._seed, generate._size, generate._count,
            generate._initImage, generate._strength, generate._mask, generate._control, generate._textLength, generate._sampler, generate._parity, generate._lora, generate._mergeLora, generate._from, generate._text, generate._noText, generate._ocr, generate._textRing, generate._out, generate._preview, generate._quiet,
        })
        {
            command.Add(option);
        }
        command.SetAction((parsed, cancellation) => Task.FromResult(generate.Run(parsed, cancellation)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        var error = parsed.InvocationConfiguration.Error;
        bool quiet = parsed.GetValue(_quiet);
        var inputs = new Inputs(parsed.GetValue(_initImage), parsed.GetValue(_mask), parsed.GetValue(_control));
        var recipe = parsed.GetValue(_from) is { } from ? RecipePng.Read(ImageFiles.ReadBytes(from), from) : null;
        var adapters = Adapters(parsed, recipe);
        var request = Request(parsed, recipe, inputs, adapters);
        var terminal = quiet ? TerminalCapabilities.Plain : ConsoleTerminal.Detect(ConsoleStream.Error, PreviewOption.Parse(parsed.GetValue(_preview)!));
        var document = parsed.GetValue(_text) is { } layers ? TextOutput.ReadDocument(layers) : null;
        var text = LaysWords(parsed, recipe) || document is not null ? RequestedText.Of(request, document) : null;
        double? ring = text is null ? null : parsed.GetValue(_textRing) ?? recipe?.TextRing;
        if (ring is { } strength)
            RingRedraw.Validate(strength);
        if (parsed.GetValue(_out) is { } target)
            AtomicFile.RequireWritable(target);

        using var engine = ImageEngine.Load(_engine.Source(parsed, recipe?.Model?.Name), _engine.Options(parsed));
        var merged = parsed.GetValue(_mergeLora) ? engine.Merge(adapters) : [];
        var plan = engine.Plan(text?.Drawn ?? request);
        text?.RequireFits(new TextRenderer(FontLibrary.Default), plan.First.Size);
        foreach (string note in merged.Concat(plan.Notes).Concat(Differences(recipe, engine.Card, inputs)).Concat(Planned(text)))
            error.WriteLine($"note: {note}");
        using var progress = new GenerationProgress(quiet ? TextWriter.Null : error, terminal, TimeProvider.System, plan.Count, plan.First.StepsToRun);
        var model = new RecipeModel(engine.Card.Name, engine.Card.Fingerprint);
        using var laying = text is null ? null : new TextLaying(text, parsed.GetValue(_ocr), seedIsFree: parsed.GetValue(_seed) is null && recipe is null);
        List<Finished> later = [];
        progress.Step(1, 0);
        foreach (var step in engine.Generate(plan, previews: terminal.Preview != PreviewProtocol.None, cancellation))
        {
            if (step.Result is null)
            {
                progress.Step(step.Image + 1, step.Step, step.Preview);
                continue;
            }
            var finished = new Finished(plan, step.Image, step.Result, laying?.Lay(step.Result.Picture));
            if (finished.Laid is { } laid && (ring is not null || TextLaying.WantsAnother(laid)))
                later.Add(finished);                                                        // for what draws again, the engine must be free
            else
                Save(finished);
        }
        var next = plan.Picture(plan.Count - 1).Seed;
        foreach (var finished in later)
        {
            var best = Best(engine, finished, laying!, ref next, error, cancellation);
            var drawn = best.Plan.Request with { Seed = best.Drawn.Seed };
            Save(ring is { } by ? best with { Laid = RingRedraw.Apply(engine, drawn, best.Laid!, by, cancellation) } : best);
        }
        progress.Complete($"seed {plan.First.Seed}{(plan.Count > 1 ? $" to {plan.Picture(plan.Count - 1).Seed}" : "")}");
        return ExitCodes.Ok;

        void Save(Finished finished)
        {
            string path = OutputPath(parsed.GetValue(_out), finished.Drawn, plan.Count);
            var made = finished.Plan.Request.ToRecipe(finished.Image, model, engine.Facts, inputs.InitFile, inputs.MaskFile, engine.AdaptersOf(finished.Plan), inputs.ControlFile);
            if (finished.Laid is { } laid)
                TextLaying.Tell(laid, error);
            byte[] png = finished.Laid?.ToPng() ?? ImageFiles.EncodePng(finished.Drawn.Picture);
            AtomicFile.Write(path, RecipePng.Write(png, (text?.RecipeOf(made) ?? made) with { TextRing = finished.Laid?.Ring }));
            output.WriteLine(path);
        }
    }

    /// <summary>Text that does not come out in a picture may in one of another seed: so many are drawn, and the best is kept.</summary>
    private static Finished Best(ImageEngine engine, Finished best, TextLaying laying, ref Seed seed, TextWriter error, CancellationToken cancellation)
    {
        for (int tries = 0; tries < laying.MostPictures && TextLaying.WantsAnother(best.Laid!); tries++)
        {
            seed = seed.Next(1);
            error.WriteLine($"note: {best.Laid!.Text.Next.Reason}: another picture is drawn, with seed {seed}.");
            var plan = engine.Plan(best.Plan.Request with { Seed = seed, Count = 1 });
            var drawn = engine.Generate(plan, cancellation: cancellation).Last().Result!;
            var other = new Finished(plan, 0, drawn with { Index = best.Drawn.Index }, laying.Lay(drawn.Picture));
            if (other.Laid!.Text.Report.Failures.Count < best.Laid.Text.Report.Failures.Count)
                best = other;
        }
        return best;
    }

    /// <summary>A picture before it is written.</summary>
    /// <param name="Image">Its place in the plan.</param>
    /// <param name="Laid">With its text; null: there is none.</param>
    private sealed record Finished(GenerationPlan Plan, int Image, ImageResult Drawn, LaidText? Laid);

    /// <summary>Layers that are given win; a recipe is repeated as it was drawn.</summary>
    private bool LaysWords(ParseResult parsed, Recipe? recipe)
    {
        bool given = parsed.GetValue(_text) is not null, none = parsed.GetValue(_noText);
        if (given && none)
            throw GessoException.Invalid("bad_options", "--text lays text in, and --no-text lays in none: give one of them.");
        return !given && !none && (parsed.GetValue(_prompt) is not null || recipe is { LaysWords: true });
    }

    private static IEnumerable<string> Planned(RequestedText? text)
    {
        if (text?.Words is not { } words)
            yield break;
        string listed = string.Join(", ", words.Texts.Select(one => $"{one.Role.ToString().ToLowerInvariant()} \"{one.Text}\""));
        yield return $"laid in after drawing: {listed}. The model is asked for: {text.Drawn.Prompt}. With --no-text it is given the prompt as it is.";
    }

    /// <summary>The recipe's request, if there is one, with what the command line says on top.</summary>
    private ImageRequest Request(ParseResult parsed, Recipe? recipe, Inputs inputs, IReadOnlyList<ImageAdapter> adapters)
    {
        string? prompt = parsed.GetValue(_prompt);
        if (prompt is null && recipe is null)
            throw GessoException.Invalid("no_prompt", "A prompt is needed: gesso generate \"a red apple in noto style\".");
        var request = recipe?.ToRequest(inputs.Init, inputs.Mask, adapters, inputs.Control)
            ?? new ImageRequest { Prompt = prompt!, InitImage = inputs.Init, Mask = inputs.Mask, ControlImage = inputs.Control };
        return request with
        {
            Prompt = prompt ?? request.Prompt,
            Prompt2 = parsed.GetValue(_prompt2) ?? request.Prompt2,
            NegativePrompt = parsed.GetValue(_negative) ?? request.NegativePrompt,
            Size = Size(parsed.GetValue(_size)) ?? request.Size,
            Steps = parsed.GetValue(_steps) ?? request.Steps,
            Guidance = parsed.GetValue(_guidance) ?? request.Guidance,
            TrueGuidance = parsed.GetValue(_cfg) ?? request.TrueGuidance,
            Seed = parsed.GetValue(_seed) is { } seed ? new Seed(seed) : request.Seed,
            Count = parsed.GetValue(_count) ?? 1,
            Strength = parsed.GetValue(_strength) ?? request.Strength,
            TextLength = parsed.GetValue(_textLength) ?? request.TextLength,
            Sampler = parsed.GetValue(_sampler) ?? request.Sampler,
            Parity = Parity(parsed.GetValue(_parity)) ?? request.Parity,
            Adapters = parsed.GetValue(_mergeLora) ? [] : adapters,
        };
    }

    /// <summary>Those of the command line, else those of the recipe: from the library, the current folder or beside the picture.</summary>
    private IReadOnlyList<ImageAdapter> Adapters(ParseResult parsed, Recipe? recipe)
    {
        if (parsed.GetValue(_lora) is { Length: > 0 } given)
            return [.. given.Select(AdapterLibrary.Default.Parse)];
        return recipe is null ? [] : AdapterLibrary.Default.Find(recipe, Path.GetDirectoryName(Path.GetFullPath(parsed.GetValue(_from)!))!, Environment.CurrentDirectory);
    }

    /// <summary>Why a repeated picture may come out differently.</summary>
    private static IEnumerable<string> Differences(Recipe? recipe, ModelCard card, Inputs inputs)
    {
        if (recipe?.Model is { Hash: { } hash } && !card.Fingerprint.StartsWith(hash, StringComparison.OrdinalIgnoreCase))
            yield return $"the recipe was made with {recipe.Model.Name ?? "another model"} ({hash[..Math.Min(10, hash.Length)]}), this is {card.Name} ({card.Fingerprint[..10]}): the picture will differ.";
        if (recipe?.InitImage is { } init && inputs.InitFile is { } given && !string.Equals(init.Sha256, given.Sha256, StringComparison.OrdinalIgnoreCase))
            yield return $"{given.Name} is not the initial picture of the recipe ({init.Name}): the picture will differ.";
        if (recipe?.Mask is { } mask && inputs.MaskFile is { } other && !string.Equals(mask.Sha256, other.Sha256, StringComparison.OrdinalIgnoreCase))
            yield return $"{other.Name} is not the mask of the recipe ({mask.Name}): the picture will differ.";
        if (recipe?.ControlImage is { } control && inputs.ControlFile is { } another && !string.Equals(control.Sha256, another.Sha256, StringComparison.OrdinalIgnoreCase))
            yield return $"{another.Name} is not the control picture of the recipe ({control.Name}): the picture will differ.";
    }

    /// <summary>Pictures that go in, read once, with the names and hashes that a recipe keeps of them.</summary>
    private sealed class Inputs
    {
        public Inputs(string? init, string? mask, string? control)
        {
            (Init, InitFile) = Read(init);
            (Mask, MaskFile) = Read(mask);
            (Control, ControlFile) = Read(control);
        }

        public RasterImage? Init { get; }

        public RecipeFile? InitFile { get; }

        public RasterImage? Mask { get; }

        public RecipeFile? MaskFile { get; }

        public RasterImage? Control { get; }

        public RecipeFile? ControlFile { get; }

        private static (RasterImage?, RecipeFile?) Read(string? path)
        {
            if (path is null)
                return (null, null);
            byte[] bytes = ImageFiles.ReadBytes(path);
            return (ImageFiles.Decode(bytes, path), RecipeFile.Of(path, bytes));
        }
    }

    private static ImageSize? Size(string? text) => text is null ? null
        : ImageSize.TryParse(text, out var size) ? size
        : throw GessoException.Invalid("bad_size", $"--size: expected WIDTHxHEIGHT such as 1024x768, got \"{text}\".");

    private static ParityMode? Parity(string? text) => text is null ? null
        : Enum.TryParse<ParityMode>(text, ignoreCase: true, out var parity) && !int.TryParse(text, out _) ? parity
        : throw GessoException.Invalid("bad_parity", $"--parity: expected diffusers, bfl or comfy, got \"{text}\".");

    private static string OutputPath(string? given, ImageResult result, int count)
    {
        if (given is null)
            return $"gesso-{result.Seed}.png";
        return count == 1 ? given : Path.Combine(Path.GetDirectoryName(given) ?? "", $"{Path.GetFileNameWithoutExtension(given)}-{result.Index + 1}{Path.GetExtension(given)}");
    }
}
