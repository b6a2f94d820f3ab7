using System.CommandLine;
using System.Text.Json;
using Gesso.Cli.Rendering;
using Gesso.Contracts.Errors;
using Gesso.Diffusion.Adapters;

namespace Gesso.Cli.Commands.Lora;

/// <summary><c>gesso lora inspect</c>: what an adapter file is, and whether it fits.</summary>
internal static class InspectLora
{
    private const int Listed = 10;
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static Command Create()
    {
        var (path, model) = (LoraArguments.File(), LoraArguments.Model());
        var json = new Option<bool>("--json") { Description = "Print as JSON." };
        var command = new Command("inspect", "Say what an adapter file is and what of it a model uses.") { path, model, json };
        command.SetAction(parsed =>
        {
            using var file = LoraArguments.Open(parsed.GetValue(path)!);
            var report = Report.Of(file, parsed.GetValue(model));
            if (parsed.GetValue(json))
                parsed.InvocationConfiguration.Output.WriteLine(JsonSerializer.Serialize(report, Json));
            else
                Print(report, parsed.InvocationConfiguration.Output);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Print(Report report, TextWriter output)
    {
        output.WriteLine(report.Path);
        output.WriteLine($"  {string.Join(", ", report.Kinds.Select(k => $"{k.Value} {k.Key}"))} ({report.Dialect} names); rank {report.Ranks}, scale {report.Scales}; {Quantities.Bytes(report.Bytes)}, {string.Join(", ", report.Types)}");
        output.WriteLine(report.Problem is null
            ? $"  fits {report.Model}: {string.Join(", ", report.Layers.Select(l => $"{l.Value} in the {l.Key}"))}"
            : $"  does not fit: {report.Problem}");
        foreach (string unused in report.Unused.Take(Listed))
            output.WriteLine($"  not used: {unused}");
        if (report.Unused.Count > Listed)
            output.WriteLine($"  not used: … and {report.Unused.Count - Listed} more");
        foreach (var (key, value) in report.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            output.WriteLine($"  {key} = {TextCells.OneLine(value)}");
    }

    private sealed record Report
    {
        public required string Path { get; init; }

        public required string Dialect { get; init; }

        public required IReadOnlyDictionary<string, int> Kinds { get; init; }

        public required string Ranks { get; init; }

        public required string Scales { get; init; }

        public required long Bytes { get; init; }

        public required IReadOnlyList<string> Types { get; init; }

        /// <summary>Null: it fits none that was tried.</summary>
        public string? Model { get; init; }

        public string? Problem { get; init; }

        public IReadOnlyDictionary<string, int> Layers { get; init; } = new Dictionary<string, int>();

        public IReadOnlyList<string> Unused { get; init; } = [];

        public required IReadOnlyDictionary<string, string> Metadata { get; init; }

        public static Report Of(LoraFile file, string? model)
        {
            var tensors = file.Modules.SelectMany(m => m.Tensors.Values).ToList();
            var report = new Report
            {
                Path = file.Path,
                Dialect = file.Dialect.Title(),
                Kinds = file.Modules.GroupBy(Kind).ToDictionary(g => g.Key, g => g.Count()),
                Ranks = Range(file.Modules.Where(m => m.Rank is not null).Select(m => (double)m.Rank!)),
                Scales = Range(file.Modules.Where(m => m.HasWeight).Select(file.Scale)),
                Bytes = tensors.Sum(t => t.ByteLength),
                Types = [.. tensors.Select(t => t.Type.ToString()).Distinct().Order(StringComparer.Ordinal)],
                Metadata = file.Metadata,
            };
            try
            {
                var fitting = LoraArguments.Fit(file, model);
                return report with
                {
                    Model = fitting.Name,
                    Layers = fitting.Plan.Changes.GroupBy(c => c.Network).ToDictionary(g => Name(g.Key), g => g.Count()),
                    Unused = fitting.Plan.Unused,
                };
            }
            catch (GessoException e) when (e.Code.StartsWith("adapter_", StringComparison.Ordinal))
            {
                return report with { Problem = e.Message };
            }
        }

        private static string Kind(LoraModule module) => (module.IsWeightDecomposed ? "weight-decomposed " : "") + module.Kind switch
        {
            LoraKind.LowRank => "LoRA",
            LoraKind.Kronecker => "LoKr",
            LoraKind.Hadamard => "LoHa",
            _ => "difference",
        };

        private static string Name(AdaptedNetwork network) => network switch
        {
            AdaptedNetwork.Clip => "CLIP text encoder",
            AdaptedNetwork.T5 => "T5 encoder",
            _ => "transformer",
        };

        private static string Range(IEnumerable<double> values)
        {
            double[] all = [.. values.Distinct().Order()];
            return all.Length switch
            {
                0 => "none",
                1 => FormattableString.Invariant($"{all[0]:0.####}"),
                _ => FormattableString.Invariant($"{all[0]:0.####} to {all[^1]:0.####}"),
            };
        }
    }
}
