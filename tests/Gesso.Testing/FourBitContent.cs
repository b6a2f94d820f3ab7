using System.Text;
using Gesso.Formats;
using Gesso.Formats.Decoding;

namespace Gesso.Testing;

/// <summary>Weights as bitsandbytes stores them in NF4, and what they stand for.</summary>
/// <param name="Packed">Codes, factors, levels and state.</param>
/// <param name="Decoded">The same tensors with the values of the codes, in f32.</param>
public sealed record FourBitContent(FileContent Packed, FileContent Decoded)
{
    private const int Block = 64, NestedBlock = 256;

    /// <summary>Every matrix whose rows are whole blocks.</summary>
    /// <param name="content">In any float type.</param>
    /// <param name="nested">Whether the factors are 8-bit codes ("double quantisation").</param>
    public static FourBitContent Of(FileContent content, bool nested)
    {
        ArgumentNullException.ThrowIfNull(content);
        FourBitContent both = new(new FileContent(), new FileContent());
        foreach (var (name, tensor) in content.Tensors)
        {
            if (tensor.Shape is [_, var inputs] && inputs % Block == 0)
                both.Add(name, tensor.Shape, tensor.Values(), nested);
            else
                both.AddPlain(name, tensor);
        }
        return both;
    }

    private void AddPlain(string name, ContentTensor tensor)
    {
        _ = Packed.Add(name, tensor.Type, tensor.Shape, tensor.Bytes);
        _ = Decoded.Add(name, tensor.Type, tensor.Shape, tensor.Bytes);
    }

    private void Add(string name, long[] shape, float[] values, bool nested)
    {
        float[] factors = [.. values.Chunk(Block).Select(b => b.Max(MathF.Abs))];
        string more = "";
        if (nested)
        {
            float offset = factors.Average();
            float[] levels = [.. Enumerable.Range(0, 256).Select(i => (i - 127) / 128f)];
            float[] outer = [.. factors.Chunk(NestedBlock).Select(g => g.Max(f => MathF.Abs(f - offset)))];
            byte[] codes = [.. factors.Select((f, i) => (byte)Nearest(levels, outer[i / NestedBlock] == 0 ? 0 : (f - offset) / outer[i / NestedBlock]))];
            _ = Packed.Add(name + ".absmax", StorageType.U8, [codes.Length], codes).Add(name + ".nested_absmax", [outer.Length], outer).Add(name + ".nested_quant_map", [256], levels);
            factors = [.. codes.Select((c, i) => levels[c] * outer[i / NestedBlock] + offset)];
            more = FormattableString.Invariant($", \"nested_blocksize\": {NestedBlock}, \"nested_dtype\": \"float32\", \"nested_offset\": {offset:R}");
        }
        else
        {
            _ = Packed.Add(name + ".absmax", [factors.Length], factors);
        }
        int[] chosen = [.. values.Select((v, i) => Nearest(NormalFloats.Levels, factors[i / Block] == 0 ? 0 : v / factors[i / Block]))];
        byte[] state = Encoding.UTF8.GetBytes($"{{\"quant_type\": \"nf4\", \"blocksize\": {Block}, \"dtype\": \"float32\", \"shape\": [{string.Join(", ", shape)}]{more}}}");
        _ = Packed.Add(name, StorageType.U8, [values.Length / 2, 1], [.. chosen.Chunk(2).Select(p => (byte)(p[0] << 4 | p[1]))])
            .Add(name + ".quant_map", [16], NormalFloats.Levels.ToArray())
            .Add(name + ".quant_state.bitsandbytes__nf4", StorageType.U8, [state.Length], state);
        _ = Decoded.Add(name, shape, [.. chosen.Select((c, i) => NormalFloats.Levels[c] * factors[i / Block])]);
    }

    private static int Nearest(ReadOnlySpan<float> levels, float value)
    {
        int best = 0;
        for (int i = 1; i < levels.Length; i++)
        {
            if (MathF.Abs(levels[i] - value) < MathF.Abs(levels[best] - value))
                best = i;
        }
        return best;
    }
}
