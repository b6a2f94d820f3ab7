using System.Text.Encodings.Web;
using System.Text.Json;
using Gesso.Engine;
using Gesso.Training;
using Gesso.Training.Preflight;

namespace Gesso.Cli.Commands.Train;

/// <summary>The run for programs: one JSON object a line, each with its <c>event</c>.</summary>
internal sealed class TrainEvents(TextWriter output)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public void Note(string text) => Write(new { Event = "note", Text = text });

    public void Preflight(PreflightReport report, ImageEngine engine, string licence) => Write(new
    {
        Event = "preflight",
        Model = engine.Card.Name,
        Device = engine.Model.Target.Device.ToString(),
        engine.DeviceReason,
        Licence = licence,
        Trained = report.Training.Trained,
        HeldOut = report.Training.HeldOut,
        Buckets = report.Buckets.Select(b => new { Size = b.Bucket.ToString(), b.Pictures }),
        Settings = report.Training.Choices,
        report.Training.Plan.Steps,
        report.Training.StepsPerEpoch,
        SecondsPerStep = Math.Round(report.Effort.SecondsPerStep, 4),
        report.Effort.MemoryBytes,
        report.DiskBytes,
        Findings = report.Findings.Select(f => new { Kind = f.Kind.ToString().ToLowerInvariant(), f.Text, f.Files }),
    });

    public void Step(TrainingStep step) => Write(new
    {
        Event = "step",
        step.Step,
        step.Steps,
        step.Epoch,
        step.Loss,
        step.Rate,
        step.GradientNorm,
        step.Seconds,
        step.PeakBytes,
        step.Skipped,
        step.Saved,
        Validation = step.Validation,
    });

    public void Done(string adapter) => Write(new { Event = "done", Adapter = adapter });

    private void Write(object line) => output.WriteLine(JsonSerializer.Serialize(line, s_json));
}
