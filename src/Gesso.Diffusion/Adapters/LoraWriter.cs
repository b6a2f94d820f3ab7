using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Formats.Encoding;
using Gesso.Formats.Safetensors;
using Gesso.Models.Flux;
using Gesso.Torch.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Adapters;

/// <summary>
/// Writes low-rank adapters in the names of other programs. kohya's and ComfyUI's names stand for whole layers, diffusers' for their q, k, v and MLP: a pair on the whole
/// is cut into rows that share its A, pairs on parts become one with their A stacked and their B block-diagonal, and what was cut comes together again.
/// </summary>
public static class LoraWriter
{
    private const int LegacyHashOffset = 1 << 20;
    private const int LegacyHashBytes = 1 << 16;

    /// <param name="path">Where to.</param>
    /// <param name="pairs">In the network's names.</param>
    /// <param name="model">The sizes of its layers.</param>
    /// <param name="dialect"><see cref="LoraDialect.Kohya"/>, <see cref="LoraDialect.Diffusers"/> or <see cref="LoraDialect.Comfy"/>.</param>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="metadata">Of the header; hashes are added to kohya's.</param>
    public static void Write(
        string path, IReadOnlyList<LoraPair> pairs, AdapterModel model, LoraDialect dialect, StorageType type, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var tensors = Tensors(pairs, model, dialect, type);
        SafetensorsWriter.Write(path, tensors, dialect == LoraDialect.Kohya ? WithHashes(tensors, metadata ?? new Dictionary<string, string>()) : metadata);
    }

    /// <summary>The tensors that <see cref="Write"/> writes.</summary>
    public static IReadOnlyList<(TensorDeclaration Tensor, ReadOnlyMemory<byte> Bytes)> Tensors(
        IReadOnlyList<LoraPair> pairs, AdapterModel model, LoraDialect dialect, StorageType type)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        ArgumentNullException.ThrowIfNull(model);
        if (dialect is not (LoraDialect.Kohya or LoraDialect.Diffusers or LoraDialect.Comfy))
            throw GessoException.Invalid("bad_dialect", $"Adapters are written in the names of kohya, diffusers or comfy, not of {dialect.Title()}.");
        if (type is not (StorageType.F32 or StorageType.F16 or StorageType.BF16))
            throw GessoException.Invalid("bad_type", $"Adapters are written in f32, f16 or bf16, not in {type}.");
        List<(TensorDeclaration, ReadOnlyMemory<byte>)> tensors = [];
        using var noGrad = no_grad();
        foreach (var layer in pairs.GroupBy(p => (p.Network, p.Layer)))
        {
            using var scope = NewDisposeScope();
            var shape = model.Shape(layer.Key.Network).Linears[layer.Key.Layer];
            var whole = Whole([.. layer], shape);
            if (dialect == LoraDialect.Diffusers)
                tensors.AddRange(Parts(whole, layer.Key.Network, layer.Key.Layer, shape).SelectMany(p => PairTensors($"{p.Name}.lora_A.weight", $"{p.Name}.lora_B.weight", p.Down, p.Up, type)));
            else
                tensors.AddRange(Fused(whole, layer.Key.Network, layer.Key.Layer, dialect, type));
        }
        return tensors;
    }

    /// <summary>One pair for the layer that does what all of them do.</summary>
    private static (Tensor Down, Tensor Up, double Scale) Whole(LoraPair[] pairs, LinearShape shape)
    {
        if (pairs is [{ Rows: var rows } only] && rows == shape.Outputs)
            return (only.Down, only.Up, only.Scale);
        double scale = pairs[0].Scale;
        bool shared = pairs.All(p => p.Scale == scale && p.Rank == pairs[0].Rank && p.Down.equal(pairs[0].Down).all().ToBoolean());
        long rank = shared ? pairs[0].Rank : pairs.Sum(p => p.Rank);
        var up = zeros(shape.Outputs, rank);
        long column = 0;
        foreach (var pair in pairs)
        {
            // pairs of other scales are brought to the first one's
            up.narrow(0, pair.FirstRow, pair.Rows).narrow(1, column, pair.Rank).add_(pair.Scale == scale ? pair.Up : pair.Up * (pair.Scale / scale));
            column += shared ? 0 : pair.Rank;
        }
        return (shared ? pairs[0].Down : cat([.. pairs.Select(p => p.Down)], 0), up, scale);
    }

    private static IEnumerable<(TensorDeclaration, ReadOnlyMemory<byte>)> Fused(
        (Tensor Down, Tensor Up, double Scale) pair, AdaptedNetwork network, string layer, LoraDialect dialect, StorageType type)
    {
        bool kohya = dialect == LoraDialect.Kohya;
        string name = (network, kohya) switch
        {
            (AdaptedNetwork.Transformer, true) => "lora_unet_" + layer.Replace('.', '_'),
            (AdaptedNetwork.Clip, true) => "lora_te1_" + layer.Replace('.', '_'),
            (AdaptedNetwork.T5, true) => "lora_te3_" + layer.Replace('.', '_'),
            (AdaptedNetwork.Clip, _) => "text_encoders.clip_l.transformer." + layer,
            (AdaptedNetwork.T5, _) => "text_encoders.t5xxl.transformer." + layer,
            _ => "diffusion_model." + layer,
        };
        float alpha = (float)(pair.Scale * pair.Down.shape[0]);
        return
        [
            .. PairTensors($"{name}.{(kohya ? "lora_down" : "lora_A")}.weight", $"{name}.{(kohya ? "lora_up" : "lora_B")}.weight", pair.Down, pair.Up, type),
            // in f32: 16 bits would not hold every alpha, and the scale with it
            (new TensorDeclaration(name + ".alpha", StorageType.F32, []), TensorEncoder.Encode(StorageType.F32, [alpha])),
        ];
    }

    /// <summary>diffusers' layers: rows of B, without the columns that do nothing for them, times the scale, which these names do not carry.</summary>
    private static List<(string Name, Tensor Down, Tensor Up)> Parts((Tensor Down, Tensor Up, double Scale) pair, AdaptedNetwork network, string layer, LinearShape shape)
    {
        if (network != AdaptedNetwork.Transformer)
            return [($"{(network == AdaptedNetwork.Clip ? "text_encoder" : "text_encoder_2")}.{layer}", pair.Down, Scaled(pair.Up, pair.Scale))];
        List<(string, Tensor, Tensor)> parts = [];
        foreach (var (source, target) in AdapterNames.Parts(FluxWeightMaps.Diffusers, layer, shape))
        {
            var up = AdapterNames.InFileOrder(pair.Up.narrow(0, target.FirstRow, target.Rows), target);
            var used = up.ne(0).any(0);                                                     // [r]
            long count = used.sum().ToInt64();
            if (count == 0)
                continue;
            var columns = used.nonzero().flatten();
            bool all = count == up.shape[1];
            parts.Add(($"transformer.{source}", all ? pair.Down : pair.Down.index_select(0, columns), Scaled(all ? up : up.index_select(1, columns), pair.Scale)));
        }
        return parts;
    }

    private static Tensor Scaled(Tensor up, double scale) => scale == 1 ? up : up * scale;

    private static IEnumerable<(TensorDeclaration, ReadOnlyMemory<byte>)> PairTensors(string downName, string upName, Tensor down, Tensor up, StorageType type) =>
        [Encoded(downName, down, type), Encoded(upName, up, type)];

    private static (TensorDeclaration, ReadOnlyMemory<byte>) Encoded(string name, Tensor tensor, StorageType type)
    {
        using var scope = NewDisposeScope();
        var values = tensor.detach().to(ScalarType.Float32).cpu().contiguous();
        return (new TensorDeclaration(name, type, tensor.shape), TensorEncoder.Encode(type, values.data<float>().ToArray()));
    }

    /// <summary>kohya's two hashes, of a file that holds the ss_ keys only: all after the header, and 64 KiB at 1 MiB (sd-scripts library/train_util.py).</summary>
    private static Dictionary<string, string> WithHashes(
        IReadOnlyList<(TensorDeclaration Tensor, ReadOnlyMemory<byte> Bytes)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var all = metadata.ToDictionary();
        if (!all.ContainsKey("ss_network_dim"))
        {
            long[] ranks = [.. tensors.Where(t => t.Tensor.Name.EndsWith("lora_down.weight", StringComparison.Ordinal)).Select(t => t.Tensor.Shape[0])];
            string rank = ranks.DefaultIfEmpty().Max().ToString(CultureInfo.InvariantCulture);
            all.TryAdd("ss_v2", "False");
            all.TryAdd("ss_base_model_version", "flux1");
            all.TryAdd("ss_network_module", "networks.lora_flux");
            all.TryAdd("ss_network_dim", rank);
            all.TryAdd("ss_network_alpha", rank);
        }
        byte[] file = SafetensorsWriter.ToBytes(tensors, all.Where(m => m.Key.StartsWith("ss_", StringComparison.Ordinal)).ToDictionary());
        int data = checked(8 + (int)MemoryMarshal.Read<ulong>(file));
        int legacy = Math.Min(LegacyHashOffset, file.Length);
        all["sshs_model_hash"] = Convert.ToHexStringLower(SHA256.HashData(file.AsSpan(data)));
        all["sshs_legacy_hash"] = Convert.ToHexStringLower(SHA256.HashData(file.AsSpan(legacy, Math.Min(LegacyHashBytes, file.Length - legacy))))[..8];
        return all;
    }
}
