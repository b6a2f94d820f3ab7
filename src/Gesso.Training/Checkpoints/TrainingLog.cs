using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Contracts.Errors;
using Gesso.Diffusion.Imaging;

namespace Gesso.Training.Checkpoints;

/// <summary>One JSON object a line and step, which a notebook or TensorBoard's importers read; lines of steps that a resumed run does again are taken out first.</summary>
internal sealed class TrainingLog : IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private readonly string _path;
    private readonly StreamWriter _writer;

    /// <param name="path">Appended to.</param>
    /// <param name="stepsDone">Later lines are removed.</param>
    public TrainingLog(string path, int stepsDone)
    {
        string[] kept = File.Exists(path) ? [.. File.ReadLines(path).Where(l => StepOf(l) is { } step && step <= stepsDone)] : [];
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(string.Concat(kept.Select(l => l + "\n"))));
        _path = path;
        try
        {
            _writer = new StreamWriter(path, append: true, new UTF8Encoding(false)) { NewLine = "\n" };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(e);
        }
    }

    public void Add(TrainingStep step)
    {
        var line = new Dictionary<string, object?>
        {
            ["step"] = step.Step,
            ["epoch"] = Math.Round(step.Epoch, 4),
            ["loss"] = step.Loss,
            ["lr"] = step.Rate,
            ["grad_norm"] = step.GradientNorm,
            ["seconds"] = Math.Round(step.Seconds, 4),
            ["memory"] = step.PeakBytes,
        };
        if (step.Skipped is not null)
            line["skipped"] = step.Skipped;
        if (step.Validation is { } validation)
        {
            line["val_score"] = validation.Score;
            line["val_loss"] = validation.HeldOut?.Loss;
            line["val_base"] = validation.HeldOut?.Base;
            line["train_ratio"] = validation.Trained.Ratio;
            line["forgetting"] = validation.Forgetting?.Ratio;
        }
        if (step.Saved.Count > 0)
            line["saved"] = step.Saved.Select(Path.GetFileName);
        try
        {
            _writer.WriteLine(JsonSerializer.Serialize(line, Json));
            _writer.Flush();
        }
        catch (IOException e)
        {
            throw Unwritable(e);
        }
    }

    /// <summary>Step and loss of every line; another process may be writing.</summary>
    public static IReadOnlyList<(int Step, double Loss)> Losses(string path)
    {
        List<(int, double)> losses = [];
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line)
        {
            if (StepOf(line) is not { } step)
                continue;
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("loss") is { ValueKind: JsonValueKind.Number } loss)
                losses.Add((step, loss.GetDouble()));
        }
        return losses;
    }

    public void Dispose()
    {
        try
        {
            _writer.Dispose();
        }
        catch (IOException)
        {
            // a line that could not be written was reported when it was added
        }
    }

    private GessoException Unwritable(Exception e) =>
        GessoException.Unavailable("not_writable", $"The log {_path} cannot be written: {e.Message} Free some space, or choose another place; the run goes on from its last state.", e);

    /// <summary>Null: not a line of ours, or one that was cut off.</summary>
    private static int? StepOf(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.TryGetProperty("step", out var step) ? step.GetInt32() : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
