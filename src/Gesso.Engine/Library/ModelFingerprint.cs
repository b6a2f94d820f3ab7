using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Gesso.Formats;
using Gesso.Torch.Weights;

namespace Gesso.Engine.Library;

/// <summary>
/// Tells models apart without reading gigabytes: SHA-256 over every tensor's name, type and shape and over up to 4 KiB from 64 of them.
/// Not a checksum of the file: a flipped bit elsewhere goes unseen.
/// </summary>
internal static class ModelFingerprint
{
    private const int Samples = 64;
    private const int SampleBytes = 4096;

    /// <returns>64 lower-case hexadecimal digits</returns>
    public static string Of(ITensorFile file) => Of(file, file.Tensors.Values);

    /// <summary>Of one network's part of a file.</summary>
    public static string Of(WeightSource source) => Of(source.File, source.Tensors.Values);

    private static string Of(ITensorFile file, IEnumerable<StoredTensor> all)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        StoredTensor[] tensors = [.. all.OrderBy(t => t.Name, StringComparer.Ordinal)];
        foreach (var tensor in tensors)
            hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name} {tensor.Type} {string.Join('x', tensor.Shape)}\n"));
        Span<byte> index = stackalloc byte[4];
        int count = Math.Min(Samples, tensors.Length);
        for (int i = 0; i < count; i++)
        {
            int which = (int)((long)i * tensors.Length / count);
            BinaryPrimitives.WriteInt32LittleEndian(index, which);
            hash.AppendData(index);
            hash.AppendData(file.Bytes(tensors[which], 0, (int)Math.Min(SampleBytes, tensors[which].ByteLength)));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
