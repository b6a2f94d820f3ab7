using System.Globalization;
using Gesso.Diffusion.Adapters;
using Gesso.Formats;
using Gesso.Formats.Safetensors;
using static TorchSharp.torch;

namespace Gesso.Training.Adapters;

/// <summary>The branches as an adapter file: kohya's names, bf16, with alpha, which every program reads; on request a twin for diffusers.</summary>
internal static class AdapterExport
{
    /// <summary>Writes the present weights, whole or not at all.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="network">The branches.</param>
    /// <param name="model">The sizes of the model's layers.</param>
    /// <param name="dialect">Whose names.</param>
    /// <param name="metadata">From <see cref="AdapterMetadata"/>.</param>
    public static void Write(string path, LoraNetwork network, AdapterModel model, LoraDialect dialect, IReadOnlyDictionary<string, string> metadata)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        Dictionary<string, Tensor> values = network.Parameters.Items.ToDictionary(i => i.Name, i => i.Window(network.Parameters.Values).cpu());
        LoraWriter.Write(
            path,
            [.. network.Targets.Select(t => new LoraPair(AdaptedNetwork.Transformer, t.Layer, values[t.Down], values[t.Up], t.Alpha / t.Rank, t.FirstRow))],
            model, dialect, StorageType.BF16, metadata);
    }

    /// <summary>The step that an adapter says it is from.</summary>
    public static int? StepOf(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return int.TryParse(file.Metadata.GetValueOrDefault("ss_steps"), NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? step : null;
    }
}
