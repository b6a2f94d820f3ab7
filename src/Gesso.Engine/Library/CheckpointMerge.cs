using System.Runtime.InteropServices;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Adapters;
using Gesso.Formats;
using Gesso.Formats.Encoding;
using Gesso.Formats.Safetensors;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Engine.Library;

/// <summary>What a merge wrote.</summary>
/// <param name="Changed">Stored tensors that are not as they were.</param>
/// <param name="Widened">Of these, tensors that were stored in fewer than 16 bits and now have 16.</param>
/// <param name="TextLayers">Layers of the text encoders in the adapters, which are not part of the file.</param>
public sealed record MergeReport(int Changed, int Widened, int TextLayers);

/// <summary>
/// Writes a transformer checkpoint with adapters in its weights: sums are made in f32 and stored in the type that the weight had, or in bf16 where it had fewer than 16
/// bits, since their rounding would lose small changes. Everything else is copied byte by byte.
/// </summary>
public static class CheckpointMerge
{
    private const int ChunkBytes = 64 << 20;

    /// <exception cref="GessoException">What does not fit, and why.</exception>
    public static MergeReport Write(ModelSource source, IReadOnlyList<ImageAdapter> adapters, string path)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        using var mode = no_grad();
        using var opened = new ModelLoader(ComputeTarget.Cpu, _ => LinearStorage.Compact).Open(source);
        var shelf = opened.Model.Adapters;
        int text = adapters.Sum(a => shelf.Take(a.File).TextLayers);
        shelf.Apply([.. adapters.Select(a => new PlannedAdapter(a.File, shelf.HashOf(a.File), a.Weight))]);
        var merged = Merged(opened);
        var weights = opened.Transformer.Source;
        var types = weights.Tensors.ToDictionary(t => t.Key, t => Type(t.Value.Type, merged.ContainsKey(t.Key)));
        // scales of fp8 weights that are bf16 now would be left without a meaning
        var companions = weights.File.Tensors.Where(t => t.Key.StartsWith(weights.Prefix, StringComparison.Ordinal))
            .Select(t => (Name: t.Key[weights.Prefix.Length..], Tensor: t.Value))
            .Where(t => !weights.Contains(t.Name) && !merged.ContainsKey(Path.ChangeExtension(t.Name, ".weight"))).ToDictionary(t => t.Name, t => t.Tensor);
        using var writer = SafetensorsWriter.Create(path,
            [.. weights.Tensors.Select(t => new TensorDeclaration(t.Key, types[t.Key], t.Value.Shape)), .. companions.Select(t => new TensorDeclaration(t.Key, t.Value.Type, t.Value.Shape))],
            Metadata(weights.File, adapters));
        int widened = 0;
        foreach (var place in writer.Tensors)
        {
            if (companions.TryGetValue(place.Name, out var companion))
            {
                Copy(writer, place.Name, weights.File, companion);
                continue;
            }
            var stored = weights.Find(place.Name)!;
            if (merged.TryGetValue(place.Name, out var rows))
            {
                using var values = rows();
                writer.Append(place.Name, TensorEncoder.Encode(place.Type, values.data<float>().ToArray()));
                widened += place.Type == stored.Type ? 0 : 1;
            }
            else if (place.Type == stored.Type)
            {
                Copy(writer, place.Name, weights.File, stored);
            }
            else
            {
                using var values = new WeightView(place.Name, [.. stored.Shape], [weights.Whole(stored, place.Name)]).Decode();
                writer.Append(place.Name, TensorEncoder.Encode(place.Type, MemoryMarshal.Cast<byte, float>(values.bytes)));
            }
        }
        writer.Commit();
        return new MergeReport(merged.Count, widened, text);
    }

    /// <summary>By stored name, what makes the new values of a tensor; one layer is in memory at a time.</summary>
    private static Dictionary<string, Func<Tensor>> Merged(OpenedModel opened)
    {
        var (source, map) = (opened.Transformer.Source, opened.Transformer.Map);
        var layers = opened.Model.Transformer.Layers;
        var shape = opened.Model.Transformer.Shape;
        Dictionary<string, Func<Tensor>> merged = [];
        foreach (var (name, layer) in layers.Linears.Where(l => l.Value.Branches.Count > 0))
        {
            foreach (var (stored, target) in AdapterNames.Parts(map, name, shape.Linears[name]).Where(p => source.Contains(p.Source + ".weight")))
                merged[stored + ".weight"] = () => Rows(layer.MergedWeight(), target);
        }
        foreach (var (name, parameter) in layers.Parameters.Where(p => p.Value.IsChanged))
        {
            bool bias = name.EndsWith(".bias", StringComparison.Ordinal) && shape.Linears.ContainsKey(name[..^5]);
            var parts = bias
                ? AdapterNames.Parts(map, name[..^5], shape.Linears[name[..^5]]).Select(p => (p.Source + ".bias", p.Target))
                : map.Resolve(name).Sources.Select(s => (s, new AdapterTarget(name, 0, parameter.Shape[0], 0)));
            foreach (var (stored, target) in parts.Where(p => source.Contains(p.Item1)))
                merged[stored] = () => Rows(parameter.Value.to(ScalarType.Float32, copy: true), target);
        }
        return merged;
    }

    private static Tensor Rows(Tensor whole, AdapterTarget target)
    {
        using var scope = NewDisposeScope();
        using var freed = whole;
        return scope.MoveToOuter(AdapterNames.InFileOrder(whole.narrow(0, target.FirstRow, target.Rows), target).contiguous().clone());
    }

    private static StorageType Type(StorageType type, bool changed) =>
        type.IsBlockQuantized() || (changed && type is not (StorageType.F64 or StorageType.F32 or StorageType.F16 or StorageType.BF16)) ? StorageType.BF16
        : changed && type == StorageType.F64 ? StorageType.F32 : type;

    private static void Copy(SafetensorsWriter writer, string name, ITensorFile file, StoredTensor tensor)
    {
        for (long at = 0; at < tensor.ByteLength; at += ChunkBytes)
            writer.Append(name, file.Bytes(tensor, at, (int)Math.Min(ChunkBytes, tensor.ByteLength - at)));
    }

    private static Dictionary<string, string> Metadata(ITensorFile file, IReadOnlyList<ImageAdapter> adapters)
    {
        var metadata = file is SafetensorsFile ? file.Metadata.ToDictionary() : [];
        metadata["modelspec.merged_from"] = string.Join(", ",
            adapters.Select(a => FormattableString.Invariant($"{Path.GetFileNameWithoutExtension(a.File)}:{a.Weight}")).Prepend(Path.GetFileNameWithoutExtension(file.Path)));
        return metadata;
    }
}
