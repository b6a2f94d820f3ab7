using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Tests.Pipelines;
using Gesso.Engine.Library;
using Gesso.Formats;
using Gesso.Formats.Safetensors;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Adapters;

/// <summary>A tiny model on disk, adapter files of random numbers for it, and what it answers with them.</summary>
public sealed class TinyAdapters : IDisposable
{
    private readonly TestFolder _folder = new();
    private int _files;

    public TinyAdapters() => Model = new TinyModel().WriteFolder(_folder.At("model"));

    public string Model { get; }

    public static int Hidden => new TinyModel().Transformer.Hidden;

    public OpenedModel Open() => TinyModel.Open(Model);

    public string Write(FileContent content, IReadOnlyDictionary<string, string>? metadata = null)
    {
        string path = NewPath();
        SafetensorsWriter.Write(path, content.Tensors.Select(t => (new TensorDeclaration(t.Key, t.Value.Type, t.Value.Shape), (ReadOnlyMemory<byte>)t.Value.Bytes)), metadata);
        return path;
    }

    public string NewPath()
    {
        string folder = Directory.CreateDirectory(_folder.At($"adapter{_files++}")).FullName;
        return Path.Combine(folder, "adapter.safetensors");
    }

    /// <summary>Random values: the same for the same seed.</summary>
    public static FileContent Tensor(FileContent content, string name, int seed, params long[] shape) =>
        content.Add(name, StorageType.F32, shape, RandomValues.Normal(seed, shape.Aggregate(1L, (a, b) => a * b), 0.3));

    /// <summary>A pair of factors.</summary>
    public static FileContent Pair(FileContent content, string down, string up, int seed, long inputs, long outputs, long rank = 2) =>
        Tensor(Tensor(content, down, seed, rank, inputs), up, seed + 1, outputs, rank);

    /// <summary>A LoRA of one layer in plain names.</summary>
    public string Lora(string layer, int seed, long inputs, long outputs, string prefix = "diffusion_model.") =>
        Write(Pair(new FileContent(), $"{prefix}{layer}.lora_A.weight", $"{prefix}{layer}.lora_B.weight", seed, inputs, outputs));

    public static PlannedAdapter Planned(FluxModel model, string path, double strength = 1) => new(path, model.Adapters.HashOf(path), strength);

    /// <summary>The latents that a run ends with.</summary>
    public static float[] Draw(FluxModel model, params PlannedAdapter[] adapters) => TinyPipeline.Latents(model, TinyPipeline.Plan with { Adapters = adapters });

    /// <summary>What a model draws with one adapter, loaded for it alone.</summary>
    public float[] Draw(string path, double strength = 1)
    {
        using var opened = Open();
        return Draw(opened.Model, Planned(opened.Model, path, strength));
    }

    public float[] DrawBare()
    {
        using var opened = Open();
        return Draw(opened.Model);
    }

    public static void AssertSame(float[] expected, float[] actual, double tolerance = 1e-4)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max();
        Assert.True(largest <= tolerance, $"differs by {largest:E2}, allowed {tolerance:E2}");
    }

    public static void AssertDiffers(float[] expected, float[] actual) =>
        Assert.True(expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max() > 1e-3, "nothing changed");

    /// <summary>A tensor of a file in f32.</summary>
    public static float[] Values(string path, string name) => FileContent.Read(path)[name].Values();

    public static Tensor Matrix(int seed, params long[] shape) => tensor(RandomValues.Normal(seed, shape.Aggregate(1L, (a, b) => a * b), 0.3)).view(shape);

    public void Dispose() => _folder.Dispose();
}
