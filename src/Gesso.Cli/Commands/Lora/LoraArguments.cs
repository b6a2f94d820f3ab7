using System.CommandLine;
using Gesso.Contracts.Errors;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Library;
using Gesso.Formats;
using Gesso.Torch.Native;
using Gesso.Torch.Tensors;

namespace Gesso.Cli.Commands.Lora;

/// <summary>What the commands of <c>gesso lora</c> have in common.</summary>
internal static class LoraArguments
{
    public static Argument<string> File() => new("file") { Description = "Adapter file, or the name of one in the library.", HelpName = "FILE|NAME" };

    public static Option<string?> Model() => new("--model", "-m") { Description = "The model it is for. Default: FLUX.1, then the bundled model.", HelpName = "NAME|PATH" };

    public static Option<string> Out() => new("--out", "-o") { Description = "Safetensors file to write.", HelpName = "FILE", Required = true };

    public static Option<string> Type() => OneOf(new("--type") { Description = "How numbers are stored: bf16, f16 or f32.", DefaultValueFactory = _ => "bf16" }, "bf16", "f16", "f32");

    public static Option<string> Dialect() =>
        OneOf(new("--to") { Description = "Whose names: kohya, diffusers or comfy.", DefaultValueFactory = _ => "kohya" }, "kohya", "diffusers", "comfy");

    public static Option<int> Rank(int usual) => new("--rank") { Description = "Largest rank of a layer.", HelpName = "N", DefaultValueFactory = _ => usual };

    public static Option<double?> Ratio() => new("--sv-ratio") { Description = "Keep singular values above the largest divided by this.", HelpName = "R" };

    public static Option<double?> Cumulative() => new("--sv-cumulative") { Description = "Keep as many as sum up to this share, 0 to 1.", HelpName = "S" };

    public static Option<double?> Frobenius() => new("--sv-fro") { Description = "Keep as many as hold this share of the norm, 0 to 1.", HelpName = "S" };

    public static LoraFile Open(string pathOrName)
    {
        _ = LibTorch.Load(new TorchOptions());
        return LoraFile.Open(AdapterLibrary.Default.Resolve(pathOrName));
    }

    public static AdapterFitting Fit(LoraFile file, string? model) =>
        AdapterFitting.Of(file, model is null ? null : ModelLibrary.Default.Resolve(model, new CompanionFiles()));

    public static ModelSource Source(string model) => ModelLibrary.Default.Resolve(model, new CompanionFiles());

    public static StorageType TypeOf(string text) => Enum.Parse<StorageType>(text, ignoreCase: true);

    public static LoraDialect DialectOf(string text) => Enum.Parse<LoraDialect>(text, ignoreCase: true);

    /// <summary>Writes pairs, frees them and says what was written.</summary>
    public static void Write(ParseResult parsed, string path, IReadOnlyList<LoraPair> pairs, AdapterModel model, LoraDialect dialect, StorageType type, IReadOnlyDictionary<string, string> metadata)
    {
        try
        {
            AtomicFile.RequireWritable(path);
            // settings of PEFT speak of the former names and scales
            LoraWriter.Write(path, pairs, model, dialect, type, metadata.Where(m => m.Key != "lora_adapter_metadata").ToDictionary());
            long[] ranks = [.. pairs.Select(p => p.Rank).Distinct().Order()];
            parsed.InvocationConfiguration.Error.WriteLine($"{pairs.Count} layers, rank {(ranks.Length == 1 ? $"{ranks[0]}" : $"{ranks[0]} to {ranks[^1]}")}, in {dialect.Title()} names.");
            parsed.InvocationConfiguration.Output.WriteLine(path);
        }
        finally
        {
            foreach (var pair in pairs)
            {
                pair.Down.Dispose();
                pair.Up.Dispose();
            }
        }
    }

    public static RankRule Rule(int rank, double? ratio, double? cumulative, double? frobenius)
    {
        if (new[] { ratio, cumulative, frobenius }.Count(v => v is not null) > 1)
            throw GessoException.Invalid("bad_rule", "Give at most one of --sv-ratio, --sv-cumulative and --sv-fro.");
        return new RankRule(rank, ratio, cumulative, frobenius).Validate();
    }

    private static Option<string> OneOf(Option<string> option, params string[] values)
    {
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
