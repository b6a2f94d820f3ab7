using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gesso.Benchmarks.Reporting;

/// <summary>Writes <c>DATE-BENCH.md</c> and its JSON; a second run on the same day replaces the first.</summary>
internal static class ReportFiles
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <returns>The files written.</returns>
    public static IReadOnlyList<string> Save(BenchReport report, BenchArguments arguments)
    {
        string folder = arguments.ResultsFolder ?? Path.Combine(Checkout.Root, "bench", "results");
        Directory.CreateDirectory(folder);
        string markdown = Path.Combine(folder, $"{report.Machine.Started:yyyy-MM-dd}-{report.Bench}.md");
        string json = arguments.JsonFile ?? Path.ChangeExtension(markdown, ".json");
        File.WriteAllText(markdown, MarkdownReport.Write(report));
        File.WriteAllText(json, JsonSerializer.Serialize(report, Json) + "\n");
        return [markdown, json];
    }
}
