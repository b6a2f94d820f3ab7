using System.CommandLine;
using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Training.Datasets;
using Gesso.Training.Kohya;
using Gesso.Training.Optimizers;
using Gesso.Training.Planning;

namespace Gesso.Cli.Commands.Train;

/// <summary>Gesso's own options of <c>gesso train</c>, as an order; on top of kohya's where both are given.</summary>
internal sealed class TrainArguments
{
    private const string Extension = ".safetensors";

    private readonly Option<string?> _images = new("--images", "-i") { Description = "Folder with the pictures, and captions beside them (NAME.txt).", HelpName = "FOLDER" };
    private readonly Option<string?> _trigger = new("--trigger", "-t") { Description = "What prompts will call it by.", HelpName = "WORD" };
    private readonly Option<string?> _out = new("--out", "-o") { Description = "Folder for adapters, log and report; or the adapter itself (.safetensors).", HelpName = "FOLDER|FILE" };
    private readonly Option<string?> _regularisation = new("--reg-images") { Description = "Folder with pictures of what must not be forgotten.", HelpName = "FOLDER" };
    private readonly Option<string?> _class = new("--class") { Description = "What the trigger stands for, such as dog: the model's own idea of it is kept.", HelpName = "WORD" };
    private readonly Option<int?> _steps = new("--steps") { Description = "Updates of the weights.", HelpName = "N" };
    private readonly Option<double?> _epochs = new("--epochs") { Description = "Passes over the pictures, instead of --steps.", HelpName = "N" };
    private readonly Option<int?> _rank = new("--rank") { Description = "Of the adapter.", HelpName = "N" };
    private readonly Option<double?> _alpha = new("--alpha") { Description = "Scale of the adapter times its rank.", HelpName = "A" };
    private readonly Option<double?> _rate = new("--rate", "--lr") { Description = "Learning rate.", HelpName = "R" };
    private readonly Option<string?> _optimizer = new("--optimizer") { Description = "adamw, prodigy, adafactor, lion, schedulefreeadamw or muon.", HelpName = "NAME" };
    private readonly Option<int?> _batch = new("--batch") { Description = "Pictures at once.", HelpName = "N" };
    private readonly Option<string?> _resolution = new("--size") { Description = "What area pictures are trained at, for example 1024 or 1024x768.", HelpName = "N|WxH" };
    private readonly Option<bool> _flip = new("--flip") { Description = "Also learn pictures mirrored (not with text or faces in them)." };
    private readonly Option<bool> _alphaMask = new("--alpha-mask") { Description = "Transparent parts of pictures do not count." };
    private readonly Option<string?> _masks = new("--masks") { Description = "Folder of masks under the pictures' names: white counts.", HelpName = "FOLDER" };
    private readonly Option<bool> _checkpointing = new("--checkpointing") { Description = "Less memory for a third more time." };
    private readonly Option<double?> _holdOut = new("--hold-out") { Description = "Share of the pictures that only choose the best adapter.", HelpName = "S" };
    private readonly Option<string[]> _previews = new("--preview-prompt")
    {
        Description = "Drawn at every look at the adapter; repeatable. Options behind it: --w --h --d (seed) --s (steps) --g (guidance) --l --n (true guidance, negative).",
        HelpName = "TEXT",
    };
    private readonly Option<string?> _things = new("--things")
    {
        Description = "Other things to learn a flat style on, one a line; none: only those of the pictures. Otherwise what the model says it can draw.",
        HelpName = "FILE|none",
    };
    private readonly Option<int?> _textLength = new("--text-length") { Description = "T5 tokens.", HelpName = "N" };
    private readonly Option<long?> _seed = new("--seed") { Description = "Same seed, same adapter (on one machine).", HelpName = "N" };
    private readonly Option<string?> _cache = new("--cache") { Description = "Keeps encoded pictures and texts; runs may share it.", HelpName = "FOLDER" };
    private readonly Option<bool> _fresh = new("--fresh") { Description = "Begin anew, though the output folder holds a run that could go on." };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[]
        {
            _images, _trigger, _out, _regularisation, _class, _steps, _epochs, _rank, _alpha, _rate, _optimizer, _batch, _resolution, _flip, _alphaMask, _masks,
            _checkpointing, _holdOut, _previews, _things, _textLength, _seed, _cache, _fresh,
        })
        {
            command.Add(option);
        }
    }

    /// <summary>The adapter that was asked for by name; null: a folder was.</summary>
    public string? File(ParseResult parsed) => parsed.GetValue(_out) is { } path && path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? path : null;

    /// <summary>What else a style is learnt on: as asked for, otherwise what the model's folder says it can draw. Not for kohya's command lines, which say all they want.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="model">Its folder or file.</param>
    /// <param name="isImported">Whether kohya's flags are below.</param>
    public IReadOnlyList<string> Things(ParseResult parsed, string model, bool isImported)
    {
        string? asked = parsed.GetValue(_things);
        if (asked == "none" || (asked is null && isImported))
            return [];
        string own = Path.Combine(model, "concepts.json");
        if (asked is null)
            return System.IO.File.Exists(own) ? JsonSerializer.Deserialize<string[]>(System.IO.File.ReadAllBytes(own)) ?? [] : [];
        return System.IO.File.Exists(asked) ? System.IO.File.ReadAllLines(asked)
            : throw GessoException.Invalid("file_missing", $"--things: expected a text file with one thing a line, or none; there is no file {asked}.");
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="below">From kohya's flags, or null.</param>
    /// <exception cref="GessoException">Pictures or output are missing; a value that cannot be read.</exception>
    public TrainingOrder Order(ParseResult parsed, TrainingOrder? below)
    {
        string? images = parsed.GetValue(_images);
        string? file = File(parsed);
        string? folder = file is null ? parsed.GetValue(_out) : Path.Combine(Path.GetDirectoryName(file) ?? "", Path.GetFileNameWithoutExtension(file));
        var order = below ?? new TrainingOrder
        {
            Pictures = images is null ? throw Missing("--images FOLDER", "the pictures to learn") : [],
            OutputFolder = folder ?? throw Missing("--out FOLDER", "where the adapter goes"),
        };
        var pictures = images is null ? order.Pictures : PictureFolder.Find(images);
        if (parsed.GetValue(_regularisation) is { } kept)
            pictures = [.. pictures, .. PictureFolder.Find(kept, regularisation: true)];
        return order with
        {
            Pictures = [.. pictures.Select(p => p.Regularisation ? p : p with
            {
                Flip = p.Flip || parsed.GetValue(_flip),
                AlphaMask = p.AlphaMask || parsed.GetValue(_alphaMask),
                Masks = parsed.GetValue(_masks) ?? p.Masks,
            })],
            OutputFolder = folder ?? order.OutputFolder,
            Name = file is null ? order.Name : Path.GetFileNameWithoutExtension(file),
            Trigger = parsed.GetValue(_trigger) ?? order.Trigger,
            PreservedClass = parsed.GetValue(_class) ?? order.PreservedClass,
            Steps = parsed.GetValue(_steps) ?? order.Steps,
            Epochs = parsed.GetValue(_epochs) ?? (parsed.GetValue(_steps) is null ? order.Epochs : null),
            Rank = parsed.GetValue(_rank) ?? order.Rank,
            Alpha = parsed.GetValue(_alpha) ?? order.Alpha,
            LearningRate = parsed.GetValue(_rate) ?? order.LearningRate,
            Optimizer = Optimizer(parsed.GetValue(_optimizer)) ?? order.Optimizer,
            BatchSize = parsed.GetValue(_batch) ?? order.BatchSize,
            Resolution = Size(parsed.GetValue(_resolution)) ?? order.Resolution,
            Checkpointing = parsed.GetValue(_checkpointing) ? true : order.Checkpointing,
            HoldOut = parsed.GetValue(_holdOut) ?? order.HoldOut,
            PreviewPrompts = parsed.GetValue(_previews) is { Length: > 0 } prompts ? [.. prompts.Select(KohyaPrompts.Parse)] : order.PreviewPrompts,
            TextLength = parsed.GetValue(_textLength) ?? order.TextLength,
            Seed = parsed.GetValue(_seed) ?? order.Seed,
            CacheFolder = parsed.GetValue(_cache) ?? order.CacheFolder,
            Fresh = parsed.GetValue(_fresh),
        };
    }

    private static OptimizerPlan? Optimizer(string? name)
    {
        if (name is null)
            return null;
        return Enum.TryParse<OptimizerKind>(name.Replace("-", ""), ignoreCase: true, out var kind) && !char.IsAsciiDigit(name[0])
            ? new OptimizerPlan { Kind = kind }
            : throw GessoException.Invalid("bad_value", $"--optimizer: expected {string.Join(", ", Enum.GetNames<OptimizerKind>()).ToLowerInvariant()}, got \"{name}\".");
    }

    private static ImageSize? Size(string? text)
    {
        if (text is null)
            return null;
        string[] parts = text.Split('x');
        return parts.Length is 1 or 2 && parts.All(p => int.TryParse(p, out int side) && side is > 0 and <= 8192)
            ? new ImageSize(int.Parse(parts[0]), int.Parse(parts[^1]))
            : throw GessoException.Invalid("bad_value", $"--size: expected one number or WIDTHxHEIGHT in pixels, got \"{text}\".");
    }

    private static GessoException Missing(string option, string what) => GessoException.Invalid("missing_option",
        $"{option} is needed: {what}. For example: gesso train --images brand/ --trigger brnd --out brand.safetensors");
}
