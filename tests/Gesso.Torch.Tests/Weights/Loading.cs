using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Torch.Tests.Weights;

/// <summary>Loads small networks out of contents that a test made.</summary>
internal static class Loading
{
    private static readonly WeightMap Identity = WeightMap.Identity("test");

    /// <summary>Loads from the content, and gives the network what it is asked before the file is closed.</summary>
    public static TResult With<T, TResult>(
        FileContent content, Func<WeightScope, T> build, Func<T, TResult> use, WeightMap? map = null, LinearStorage storage = LinearStorage.Expanded,
        bool gguf = false, Func<string, bool>? ignorable = null)
    {
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(gguf ? content.WriteGguf(folder.At("file.gguf")) : content.WriteSafetensors(folder.At("file.safetensors")));
        using var loaded = CheckpointWeights.Load(new WeightSource(file), map ?? Identity, LoadOptions.Cpu with { Storage = storage }, "test network", build, ignorable);
        return use(loaded.Network);
    }

    /// <summary>The values of one loaded parameter.</summary>
    public static float[] Parameter(FileContent content, string name, long[] shape, WeightMap? map = null, bool gguf = false) =>
        With(content, w => w.Parameter(name, shape), Values, map, gguf: gguf, ignorable: _ => true);

    /// <summary>The weight of one loaded linear layer, as it acts: outputs for the unit vectors, [Outputs · Inputs].</summary>
    public static float[] Weight(FileContent content, string name, long inputs, long outputs, WeightMap? map = null, LinearStorage storage = LinearStorage.Expanded) =>
        With(content, w => w.Linear(name, inputs, outputs, bias: false), layer =>
        {
            using var scope = NewDisposeScope();
            return Values(layer.Forward(eye(inputs)).t().contiguous());
        }, map, storage, ignorable: _ => true);

    public static float[] Values(Tensor tensor) => tensor.data<float>().ToArray();
}
