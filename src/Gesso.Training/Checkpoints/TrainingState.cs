using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Formats.Safetensors;
using Gesso.Training.Optimizers;
using Gesso.Training.Validation;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Training.Checkpoints;

/// <summary>
/// A run between two steps, whole in one file: weights, their average, the optimiser's memory, and how far it is. Every random draw is a function of seed and
/// place, so no generator is stored, and the step is counted over all sessions: a run that is resumed twice ends where it would have ended.
/// </summary>
internal sealed record TrainingState
{
    /// <summary>Changes when a state of today could not be continued by the code of tomorrow.</summary>
    private const string Format = "gesso-training-1";

    private const string OptimizerPrefix = "optimizer.";

    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Settings that change what is learnt, as JSON.</summary>
    public required string Plan { get; init; }

    public required string Model { get; init; }

    /// <summary><see cref="Datasets.TrainingData.Fingerprint"/></summary>
    public required string Data { get; init; }

    /// <summary>Steps done.</summary>
    public required int Step { get; init; }

    /// <summary>What bad steps have left of the rate.</summary>
    public required double RateFactor { get; init; }

    /// <summary>Bad steps in a row.</summary>
    public required int BadSteps { get; init; }

    public required IReadOnlyList<ValidationResult> Validations { get; init; }

    /// <summary>Names of trained tensors with their shapes, in the order of the flat ones.</summary>
    public required string Layout { get; init; }

    /// <summary>The settings of a plan that change what is learnt; a longer run, another rate or another place is the same run.</summary>
    public static string Describe(TrainingPlan plan) => JsonSerializer.Serialize(
        plan with
        {
            Pictures = [],
            OutputFolder = "",
            CacheFolder = null,
            Name = "lora",
            Steps = 1,
            Rate = new LearningRate { Peak = 1 },
            SaveEvery = 0,
            LadderLength = 0,
            DiffusersTwin = false,
            Resume = true,
            Checkpointing = false,
            MostBadSteps = 1,
            Validation = new ValidationPlan { HoldOut = plan.Validation.HoldOut, FewestPictures = plan.Validation.FewestPictures },
        }, Json);

    public static string LayoutOf(ParameterSet parameters) => string.Join('\n', parameters.Items.Select(i => $"{i.Name} {string.Join('x', i.Shape)}"));

    /// <summary>Writes the file whole or not at all.</summary>
    /// <param name="path">Replaced.</param>
    /// <param name="values">[N]</param>
    /// <param name="average">[N] or null.</param>
    /// <param name="memory">Of the optimiser.</param>
    public void Write(string path, Tensor values, Tensor? average, OptimizerMemory memory)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = memory.Tensors.ToDictionary(t => OptimizerPrefix + t.Key, t => t.Value);
        tensors["values"] = values;
        if (average is not null)
            tensors["average"] = average;
        SafetensorsWriter.Write(
            path,
            tensors.Select(t => (new TensorDeclaration(t.Key, StorageType.F32, t.Value.shape), (ReadOnlyMemory<byte>)t.Value.detach().cpu().contiguous().bytes.ToArray())),
            new Dictionary<string, string>
            {
                ["format"] = Format,
                ["plan"] = Plan,
                ["model"] = Model,
                ["data"] = Data,
                ["layout"] = Layout,
                ["step"] = Step.ToString(CultureInfo.InvariantCulture),
                ["rate_factor"] = RateFactor.ToString("R", CultureInfo.InvariantCulture),
                ["bad_steps"] = BadSteps.ToString(CultureInfo.InvariantCulture),
                ["validations"] = JsonSerializer.Serialize(Validations, Json),
                ["numbers"] = JsonSerializer.Serialize(memory.Numbers, Json),
            });
    }

    /// <summary>Takes weights and memory over from a file.</summary>
    /// <param name="path">From <see cref="Write"/>.</param>
    /// <param name="now">What the run is that wants to go on: it must be the same.</param>
    /// <param name="values">[N], written.</param>
    /// <param name="average">[N] or null, written.</param>
    /// <param name="optimizer">Recalls its memory.</param>
    /// <exception cref="GessoException"><c>state_mismatch</c>: of another run, and in what it differs.</exception>
    public static TrainingState Read(string path, TrainingState now, Tensor values, Tensor? average, IOptimizer optimizer)
    {
        using var scope = NewDisposeScope();
        using var outside = inference_mode(false);
        using var still = no_grad();
        using var file = SafetensorsFile.Open(path);
        string Field(string name) => file.Metadata.GetValueOrDefault(name) ?? throw Mismatch(path, $"it does not tell its {name}");
        if (Field("format") != Format)
            throw Mismatch(path, $"it is of the kind {Field("format")}, this version of Gesso reads {Format}");
        var state = now with
        {
            Plan = Field("plan"),
            Model = Field("model"),
            Data = Field("data"),
            Layout = Field("layout"),
            Step = int.Parse(Field("step"), CultureInfo.InvariantCulture),
            RateFactor = double.Parse(Field("rate_factor"), CultureInfo.InvariantCulture),
            BadSteps = int.Parse(Field("bad_steps"), CultureInfo.InvariantCulture),
            Validations = JsonSerializer.Deserialize<List<ValidationResult>>(Field("validations"), Json)!,
        };
        state.RequireSame(now, path);

        var stored = file.Tensors.Values.ToDictionary(t => t.Name, t =>
        {
            var tensor = empty([.. t.Shape], ScalarType.Float32);
            file.Bytes(t).CopyTo(MemoryMarshal.AsBytes(MemoryMarshal.Cast<byte, float>(tensor.bytes)));
            return tensor;
        });
        if (!stored.TryGetValue("values", out var saved) || saved.NumberOfElements != values.NumberOfElements)
            throw Mismatch(path, "it holds other weights");
        values.copy_(saved);
        if (average is not null)
            average.copy_(stored.TryGetValue("average", out var mean) ? mean : throw Mismatch(path, "it holds no running mean"));
        optimizer.Recall(new OptimizerMemory(
            stored.Where(t => t.Key.StartsWith(OptimizerPrefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[OptimizerPrefix.Length..], t => t.Value),
            JsonSerializer.Deserialize<Dictionary<string, double>>(Field("numbers"), Json)!));
        return state;
    }

    private void RequireSame(TrainingState now, string path)
    {
        if (Model != now.Model)
            throw Mismatch(path, "it was saved while another model was trained");
        if (Plan != now.Plan)
            throw Mismatch(path, $"it was saved with other settings ({string.Join(", ", Differences(Plan, now.Plan))})");
        if (Layout != now.Layout)
            throw Mismatch(path, "it trains other layers");
        if (Data != now.Data)
            throw Mismatch(path, "pictures or captions have changed since it was saved");
    }

    private static IEnumerable<string> Differences(string before, string now)
    {
        using var old = JsonDocument.Parse(before);
        using var present = JsonDocument.Parse(now);
        return [.. present.RootElement.EnumerateObject()
            .Where(p => !old.RootElement.TryGetProperty(p.Name, out var o) || o.GetRawText() != p.Value.GetRawText())
            .Select(p => p.Name)];
    }

    private static GessoException Mismatch(string path, string why) => GessoException.Invalid("state_mismatch",
        $"{path} cannot be continued: {why}. Train as before to continue it, or choose another output folder (or no resuming) to begin anew.");
}
