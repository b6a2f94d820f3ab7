using System.CommandLine;
using Gesso.Cli.Rendering;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Samplers;
using Gesso.Engine;
using Gesso.Engine.Imaging;

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
    private readonly Option<int?> _textLength = new("--text-length") { Description = "T5 tokens.", HelpName = "N" };
    private readonly Option<string?> _sampler = new("--sampler") { Description = $"One of {string.Join(", ", SamplerCatalog.Names)}.", HelpName = "NAME" };
    private readonly Option<string?> _parity = new("--parity") { Description = "Whose conventions to follow: diffusers, bfl or comfy.", HelpName = "NAME" };
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
            generate._initImage, generate._strength, generate._mask, generate._textLength, generate._sampler, generate._parity, generate._out, generate._preview, generate._quiet,
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
        var request = Request(parsed);
        var terminal = quiet ? TerminalCapabilities.Plain : ConsoleTerminal.Detect(ConsoleStream.Error, PreviewOption.Parse(parsed.GetValue(_preview)!));
        if (parsed.GetValue(_out) is { } target)
            AtomicFile.RequireWritable(target);

        using var engine = ImageEngine.Load(_engine.Source(parsed), _engine.Options(parsed));
        var plan = engine.Plan(request);
        foreach (string note in plan.Notes)
            error.WriteLine($"note: {note}");
        using var progress = new GenerationProgress(quiet ? TextWriter.Null : error, terminal, TimeProvider.System, plan.Count, plan.First.Steps);
        progress.Step(1, 0);
        foreach (var step in engine.Generate(plan, previews: terminal.Preview != PreviewProtocol.None, cancellation))
        {
            if (step.Result is null)
            {
                progress.Step(step.Image + 1, step.Step, step.Preview);
                continue;
            }
            string path = OutputPath(parsed.GetValue(_out), step.Result, plan.Count);
            AtomicFile.Write(path, ImageFiles.EncodePng(step.Result.Picture));
            output.WriteLine(path);
        }
        progress.Complete($"done: seed {plan.First.Seed}");
        return ExitCodes.Ok;
    }

    private ImageRequest Request(ParseResult parsed) => new()
    {
        Prompt = parsed.GetValue(_prompt) ?? throw GessoException.Invalid("no_prompt", "A prompt is needed: gesso generate \"a red apple in noto style\"."),
        Prompt2 = parsed.GetValue(_prompt2),
        NegativePrompt = parsed.GetValue(_negative),
        Size = Size(parsed.GetValue(_size)),
        Steps = parsed.GetValue(_steps),
        Guidance = parsed.GetValue(_guidance),
        TrueGuidance = parsed.GetValue(_cfg),
        Seed = parsed.GetValue(_seed) is { } seed ? new Seed(seed) : null,
        Count = parsed.GetValue(_count) ?? 1,
        InitImage = parsed.GetValue(_initImage) is { } init ? ImageFiles.Read(init) : null,
        Strength = parsed.GetValue(_strength),
        Mask = parsed.GetValue(_mask) is { } mask ? ImageFiles.Read(mask) : null,
        TextLength = parsed.GetValue(_textLength),
        Sampler = parsed.GetValue(_sampler),
        Parity = Parity(parsed.GetValue(_parity)),
    };

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
