using Gesso.Cli.Rendering;
using Gesso.Engine;
using Gesso.Training.Preflight;

namespace Gesso.Cli.Commands.Train;

/// <summary>What is said before and after a run.</summary>
internal static class TrainReport
{
    private const int MostFiles = 6;

    public static void Note(TextWriter error, TrainEvents? events, string note)
    {
        if (events is null)
            error.WriteLine($"note: {note}");
        else
            events.Note(note);
    }

    public static void Preflight(TextWriter error, TrainEvents? events, PreflightReport report, ImageEngine engine, string licence)
    {
        if (events is not null)
        {
            events.Preflight(report, engine, licence);
            return;
        }
        var training = report.Training;
        error.WriteLine($"model      {engine.Card.Name} ({engine.Card.Variant}); licence: {licence}");
        error.WriteLine($"device     {engine.Model.Target.Device}: {engine.DeviceReason}");
        error.WriteLine($"pictures   {training.Trained} to train on, {training.HeldOut} to choose by; {string.Join(", ", report.Buckets.Select(b => $"{b.Pictures} at {b.Bucket}"))}");
        foreach (var choice in training.Choices)
            error.WriteLine($"{choice.Name,-16} {choice.Value}{(choice.Reason is null ? "" : $"  ({choice.Reason})")}");
        double epochs = training.Plan.Steps / training.StepsPerEpoch;
        error.WriteLine($"{"in all",-16} {training.Plan.Steps} steps = {epochs:0.#} epochs of {training.StepsPerEpoch:0.##} steps; adapters are named after steps");
        var time = TimeSpan.FromSeconds(report.Effort.SecondsPerStep * training.Plan.Steps);
        error.WriteLine($"{"about",-16} {Quantities.Duration(time)} at {report.Effort.SecondsPerStep:0.00} s a step, {report.Effort.MemoryBytes / 1e9:0.0} GB of memory, {report.DiskBytes / 1e9:0.00} GB of disk");
        foreach (var finding in report.Findings)
        {
            string kind = finding.Kind switch
            {
                FindingKind.Problem => "PROBLEM",
                FindingKind.Warning => "warning",
                _ => "note",
            };
            string files = finding.Files.Count == 0 ? "" : $" [{string.Join(", ", finding.Files.Take(MostFiles))}{(finding.Files.Count > MostFiles ? $" and {finding.Files.Count - MostFiles} more" : "")}]";
            error.WriteLine($"{kind}: {TextCells.OneLine(finding.Text + files)}");
        }
    }
}
