using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Formats.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Pipelines;

/// <summary>
/// A run between two steps, as a small safetensors file: latents and the sampler's history in f32, how many draws the noise source made, and what the run
/// belongs to. Text states, given pictures and the noise are made again from the plan; only what a seed cannot repeat is stored.
/// </summary>
internal sealed record RunCheckpoint
{
    /// <summary>The code of every refusal: the picture can be drawn from its start instead.</summary>
    public const string MismatchCode = "checkpoint_mismatch";

    /// <summary>Changes when a checkpoint of today could not be continued by the code of tomorrow.</summary>
    private const string Format = "gesso-checkpoint-1";

    private const string LatentsName = "latents";
    private const string HistoryPrefix = "sampler.";

    /// <summary><see cref="PlanFingerprint"/>.</summary>
    public required string Plan { get; init; }

    /// <summary><see cref="FluxModel.Fingerprint"/>.</summary>
    public required string Model { get; init; }

    /// <summary>Steps done.</summary>
    public required int Step { get; init; }

    /// <summary>Draws of the noise source so far.</summary>
    public required int Draws { get; init; }

    /// <summary>Latents and history by their names in the file, in f32.</summary>
    public required IReadOnlyDictionary<string, StoredValues> Tensors { get; init; }

    public StoredValues Latents => Tensors[LatentsName];

    /// <summary>By the sampler's names.</summary>
    public IEnumerable<(string Name, StoredValues Values)> History => Tensors
        .Where(t => t.Key.StartsWith(HistoryPrefix, StringComparison.Ordinal))
        .Select(t => (t.Key[HistoryPrefix.Length..], t.Value));

    public static RunCheckpoint Of(FluxRun run, int draws, IReadOnlyDictionary<string, Tensor> history) => new()
    {
        Plan = PlanFingerprint.Of(run.Plan),
        Model = run.Model.Fingerprint,
        Step = run.StepsDone,
        Draws = draws,
        Tensors = history.Select(h => (Name: HistoryPrefix + h.Key, Tensor: h.Value)).Append((Name: LatentsName, Tensor: run.Latents))
            .ToDictionary(t => t.Name, t => StoredValues.Of(t.Tensor)),
    };

    public byte[] ToBytes() => SafetensorsWriter.ToBytes(
        Tensors.Select(t => (new TensorDeclaration(t.Key, StorageType.F32, t.Value.Shape), (ReadOnlyMemory<byte>)t.Value.Bytes)),
        new Dictionary<string, string>
        {
            ["format"] = Format,
            ["plan"] = Plan,
            ["model"] = Model,
            ["step"] = Text(Step),
            ["draws"] = Text(Draws),
            ["sha256"] = Digest(),
        });

    /// <exception cref="GessoException"><c>checkpoint_mismatch</c>: damaged, or of another version of Gesso.</exception>
    public static RunCheckpoint Read(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        try
        {
            using var file = SafetensorsFile.Read(bytes, "The checkpoint");
            string Field(string name) => file.Metadata.GetValueOrDefault(name) ?? throw Damaged($"it does not tell its {name}");
            if (Field("format") != Format)
                throw Mismatch($"The checkpoint is of the kind {Quote(Field("format"))}, this version of Gesso reads {Format}");
            var checkpoint = new RunCheckpoint
            {
                Plan = Field("plan"),
                Model = Field("model"),
                Step = Number(Field("step")),
                Draws = Number(Field("draws")),
                Tensors = file.Tensors.Values.ToDictionary(t => t.Name, t => t.Type == StorageType.F32
                    ? new StoredValues([.. t.Shape], file.Bytes(t).ToArray())
                    : throw Damaged("it holds tensors that are not f32")),
            };
            if (!checkpoint.Tensors.ContainsKey(LatentsName) || checkpoint.Digest() != Field("sha256"))
                throw Damaged("its content does not have the SHA-256 that it states");
            return checkpoint;
        }
        catch (TensorFileException e)
        {
            throw Damaged(e.Message, e);
        }
    }

    /// <exception cref="GessoException"><c>checkpoint_mismatch</c>: saved by another model or for another plan.</exception>
    public void RequireFits(DenoisePlan plan, FluxModel model)
    {
        if (Model != model.Fingerprint)
            throw Mismatch($"The checkpoint was saved with another model ({Quote(Model)}, this is {Quote(model.Fingerprint)})");
        if (Plan != PlanFingerprint.Of(plan))
            throw Mismatch("The checkpoint was saved for another request: prompt, seed, size or another setting is different");
    }

    public static GessoException Mismatch(string sentence, Exception? inner = null) =>
        GessoException.Invalid(MismatchCode, $"{sentence}. Start the picture over.", inner);

    private static GessoException Damaged(string why, Exception? inner = null) => Mismatch($"The checkpoint is damaged: {why.TrimEnd('.')}", inner);

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number
        : throw Damaged($"{Quote(text)} is not a count");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Quote(string text) => text.Length <= 16 ? $"\"{text}\"" : $"\"{text.AsSpan(0, 12)}…\"";

    /// <summary>Over every field and tensor: the format of the file finds what is missing, this finds what was changed.</summary>
    private string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Plan}\n{Model}\n{Text(Step)}\n{Text(Draws)}\n"));
        foreach (var (name, values) in Tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {string.Join('x', values.Shape)}\n"));
            hash.AppendData(values.Bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>An f32 tensor outside of libtorch.</summary>
    public sealed record StoredValues(long[] Shape, byte[] Bytes)
    {
        public static StoredValues Of(Tensor tensor)
        {
            using var scope = NewDisposeScope();
            return new StoredValues(tensor.shape, tensor.to(ScalarType.Float32).cpu().contiguous().bytes.ToArray());
        }

        /// <exception cref="GessoException"><c>checkpoint_mismatch</c>: another shape than <paramref name="like"/> has.</exception>
        public Tensor ToTensor(Tensor like)
        {
            if (!Shape.AsSpan().SequenceEqual(like.shape))
                throw Mismatch($"The checkpoint holds tensors [{string.Join(", ", Shape)}], this picture has [{string.Join(", ", like.shape)}]");
            using var scope = NewDisposeScope();
            var values = empty(Shape, ScalarType.Float32);
            Bytes.CopyTo(values.bytes);
            return scope.MoveToOuter(values.to(like.device));
        }
    }
}
