using System.Collections.Frozen;
using System.Text.Json;

namespace Gesso.Formats.Safetensors;

/// <summary>
/// 4-bit weights of bitsandbytes (functional.py <c>QuantState.as_dict(packed=True)</c>): a column of bytes named as the weight, and beside it, as JSON in bytes, which matrix they
/// are. A file's tensors are shown as those matrices, of type <see cref="StorageType.NF4"/>; the factors of their blocks are tensors of their own.
/// </summary>
public static class BitsAndBytes
{
    /// <summary>Of the tensor that tells what a packed weight is.</summary>
    public const string StateSuffix = ".quant_state.bitsandbytes__nf4";

    private const int MostStateBytes = 1 << 16;

    /// <param name="path">For errors.</param>
    /// <param name="tensors">As the header lists them.</param>
    /// <param name="bytesOf">Reads a small tensor.</param>
    /// <exception cref="TensorFileException"><c>bad_header</c>: a state that does not fit its weight.</exception>
    internal static IReadOnlyDictionary<string, StoredTensor> Show(string path, IReadOnlyDictionary<string, StoredTensor> tensors, Func<StoredTensor, byte[]> bytesOf)
    {
        Dictionary<string, StoredTensor> shown = [];
        foreach (var (name, state) in tensors)
        {
            if (!name.EndsWith(StateSuffix, StringComparison.Ordinal) || !tensors.TryGetValue(name[..^StateSuffix.Length], out var packed) || packed.Type != StorageType.U8)
                continue;
            shown[packed.Name] = packed with { Type = StorageType.NF4, Shape = ShapeOf(path, packed, state.ByteLength <= MostStateBytes ? bytesOf(state) : []) };
        }
        return shown.Count == 0 ? tensors : tensors.ToFrozenDictionary(t => t.Key, t => shown.GetValueOrDefault(t.Key, t.Value), StringComparer.Ordinal);
    }

    private static long[] ShapeOf(string path, StoredTensor packed, byte[] state)
    {
        try
        {
            using var json = JsonDocument.Parse(state);
            long[] shape = [.. json.RootElement.GetProperty("shape").EnumerateArray().Select(a => a.GetInt64())];
            if (StoredTensor.TryCount(shape, out long elements) && elements % 2 == 0 && elements / 2 == packed.ByteLength)
                return shape;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // told below
        }
        throw TensorFileException.In(
            path, TensorFileCodes.BadHeader,
            $"{TensorFileException.Quote(packed.Name + StateSuffix)} should be JSON with the shape of a matrix of {packed.ByteLength * 2m} elements. The file is damaged: download it again.");
    }
}
