using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gesso.Cli.Rendering;
using Gesso.Contracts.Errors;
using Gesso.Engine.Library;
using Gesso.Engine.Library.Inspection;
using Gesso.Formats;

namespace Gesso.Cli.Commands;

/// <summary><c>gesso inspect</c>: what a checkpoint is, without loading it.</summary>
internal static class InspectCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create()
    {
        var path = new Argument<string>("path") { Description = "A checkpoint file, a model folder, or the name of an installed model.", HelpName = "FILE|FOLDER" };
        var json = new Option<bool>("--json") { Description = "Print as JSON." };
        var tensors = new Option<bool>("--tensors") { Description = "List every tensor of a file." };
        var command = new Command("inspect", "Say what a checkpoint is, what it holds and what memory it needs.") { path, json, tensors };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            string target = ModelLibrary.Default.Resolve(parsed.GetValue(path), new CompanionFiles()).Path;
            if (parsed.GetValue(tensors))
            {
                ListTensors(target, output);
                return ExitCodes.Ok;
            }
            var report = ModelInspector.Inspect(target);
            if (parsed.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize(report, Json));
            else
                Print(report, output);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Print(InspectionReport report, TextWriter output)
    {
        output.WriteLine($"{report.Path}");
        output.WriteLine($"  {report.What}; {report.Container}{(report.Dialect is null ? "" : $", {report.Dialect} names")}; {Count(report.Parameters)} parameters, {Quantities.Bytes(report.Bytes)}");
        output.WriteLine($"  {(report.Runs ? "Gesso runs it" : "Gesso does not run it")}{(report.Remark is null ? "" : $": {report.Remark}")}.");
        foreach (var component in report.Components)
        {
            output.WriteLine();
            output.WriteLine($"  {component.Name}: {Count(component.Parameters)} parameters, {Quantities.Bytes(component.Bytes)}  ({component.Place})");
            if (component.Sizes.Length > 0)
                output.WriteLine($"    {component.Sizes}");
            output.WriteLine($"    {string.Join(", ", component.Types.Select(t => $"{t.Type} {Quantities.Bytes(t.Bytes)}"))}");
        }
        if (report.Memory.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("  memory for a picture of the default size (estimate)");
            int width = report.Memory.Max(m => m.Way.Length);
            foreach (var option in report.Memory)
            {
                string verdict = option.FitsHere is { } fits ? (fits ? "fits here" : "does not fit in the free memory here")
                    : option.SmallestCard is { } card ? $"from a {card} GB card up" : "more than one card holds";
                output.WriteLine($"    {option.Way.PadRight(width)}  {Quantities.Bytes(option.Bytes),9}  {verdict}");
            }
        }
        foreach (var (key, value) in report.Metadata)
            output.WriteLine($"  {key} = {TextCells.OneLine(value)}");
    }

    private static void ListTensors(string path, TextWriter output)
    {
        if (Directory.Exists(path))
            throw GessoException.Invalid("not_a_file", $"{path} is a folder: --tensors lists one file, for example its transformer's.");
        using var file = TensorFiles.Open(path);
        foreach (var tensor in file.Tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
            output.WriteLine($"{tensor.Name}  {tensor.Type}  [{string.Join(", ", tensor.Shape)}]");
    }

    private static string Count(long parameters) => parameters switch
    {
        >= 1_000_000_000 => $"{parameters / 1e9:0.00} B",
        >= 1_000_000 => $"{parameters / 1e6:0.00} M",
        _ => $"{parameters / 1e3:0.0} k",
    };
}
