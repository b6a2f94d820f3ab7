using System.Buffers.Binary;
using Gesso.Formats;
using Gesso.Formats.Encoding;
using Gesso.Testing;

namespace Gesso.Torch.Tests.Weights;

/// <summary>Bytes of every storage type that decode to finite numbers of moderate size.</summary>
internal static class StoredBytes
{
    public static byte[] Random(StorageType type, int elements, int seed)
    {
        switch (type)
        {
            case StorageType.F32 or StorageType.F16 or StorageType.BF16 or StorageType.F8E4M3:
                return TensorEncoder.Encode(type, RandomValues.Normal(seed, elements));
            case StorageType.F64:
                byte[] wide = new byte[8 * elements];
                float[] values = RandomValues.Normal(seed, elements);
                for (int i = 0; i < elements; i++)
                    BinaryPrimitives.WriteDoubleLittleEndian(wide.AsSpan(8 * i), values[i]);
                return wide;
            case StorageType.F8E5M2:
                // the upper half of a binary16; exponents kept below those of infinity
                return [.. RandomValues.Normal(seed, elements).Select(v => (byte)(BitConverter.HalfToUInt16Bits((Half)v) >> 8))];
        }
        byte[] bytes = RandomValues.Bytes(seed, type.ByteLength(elements));
        int block = type.BlockBytes();
        for (int at = 0; at < bytes.Length; at += block)
        {
            foreach (int scale in Scales(type))
                BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(at + scale), (Half)(0.01 + 0.0001 * (at / block % 50)));
        }
        return bytes;
    }

    /// <summary>Where a block keeps its binary16 numbers (ggml-common.h).</summary>
    private static int[] Scales(StorageType type) => type switch
    {
        StorageType.Q4_0 or StorageType.Q5_0 or StorageType.Q8_0 or StorageType.IQ4_NL or StorageType.IQ4_XS => [0],
        StorageType.Q4_1 or StorageType.Q5_1 or StorageType.Q4_K or StorageType.Q5_K => [0, 2],
        StorageType.Q2_K => [80, 82],
        StorageType.Q3_K => [108],
        StorageType.Q6_K => [208],
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No block type."),
    };
}
