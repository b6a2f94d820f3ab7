namespace Gesso.Testing;

/// <summary>Reproducible numbers that do not come from libtorch.</summary>
public static class RandomValues
{
    /// <summary>Standard normal values, rounded to bf16 so that every stored float type with at least 8 bits of precision holds them exactly.</summary>
    public static float[] Normal(int seed, long count, double scale = 1, double mean = 0)
    {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = ToBfloat16(mean + scale * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }
        return values;
    }

    public static byte[] Bytes(int seed, long count)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>FNV-1a: string hashes of .NET differ between processes.</summary>
    public static int Seed(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text)
            hash = (hash ^ c) * 16777619;
        return (int)(hash & int.MaxValue);
    }

    private static float ToBfloat16(double value) => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits((float)value) + 0x8000) & 0xFFFF0000);
}
