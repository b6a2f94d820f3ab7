using System.Globalization;
using Gesso.Formats;
using Gesso.Formats.Encoding;
using Gesso.Formats.Safetensors;
using static TorchSharp.torch;

namespace Gesso.Training.Adapters;

/// <summary>The branches as an adapter file: kohya's names, bf16, with alpha, which every program reads.</summary>
internal static class AdapterExport
{
    /// <summary>Writes the present weights, whole or not at all.</summary>
    public static void Write(string path, LoraNetwork network, IReadOnlyDictionary<string, string> metadata)
    {
        using var scope = NewDisposeScope();
        List<(TensorDeclaration, ReadOnlyMemory<byte>)> tensors = [];
        foreach (var target in network.Targets)
        {
            string name = "lora_unet_" + target.Name.Replace('.', '_');
            foreach (string side in (string[])[target.Down, target.Up])
            {
                var item = network.Parameters.Items.First(i => i.Name == side);
                float[] values = item.Window(network.Parameters.Values).detach().cpu().contiguous().data<float>().ToArray();
                tensors.Add((new TensorDeclaration($"{name}{side[target.Name.Length..]}", StorageType.BF16, item.Shape), TensorEncoder.Encode(StorageType.BF16, values)));
            }
            tensors.Add((new TensorDeclaration(name + ".alpha", StorageType.BF16, []), TensorEncoder.Encode(StorageType.BF16, [(float)target.Alpha])));
        }
        SafetensorsWriter.Write(path, tensors, metadata);
    }

    /// <summary>The step that an adapter says it is from.</summary>
    public static int? StepOf(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return int.TryParse(file.Metadata.GetValueOrDefault("ss_steps"), NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? step : null;
    }
}
