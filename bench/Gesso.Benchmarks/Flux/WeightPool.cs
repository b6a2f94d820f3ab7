using Gesso.Formats;
using Gesso.Formats.Encoding;

namespace Gesso.Benchmarks.Flux;

/// <summary>
/// Random values from which every weight is cut: a weight is the pool from a start of its own, over and over. Products and decoders take the same
/// time whatever the values are, and so a file of gigabytes needs only the pool encoded, not every weight (Q4_K searches for a minute a gigabyte).
/// </summary>
/// <remarks>The length is a prime number of the largest blocks, so that the rows of a matrix do not repeat within it.</remarks>
internal sealed class WeightPool
{
    /// <summary>Elements of the largest block of any format; weights start at multiples of it, so that encoded pools are cut at blocks too.</summary>
    public const int Unit = 256;

    private const int Units = 16_381;

    /// <summary>Uniform values of this magnitude have the deviation 0.02, at which activations of FLUX.1's widths keep their size.</summary>
    private const float Magnitude = 0.0346f;

    private readonly float[] _values = new float[Units * Unit];

    public WeightPool(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < _values.Length; i++)
            _values[i] = (random.NextSingle() * 2 - 1) * Magnitude;
    }

    /// <summary>Largest magnitude of any weight; scales of fp8 come from it.</summary>
    public float Largest => Magnitude;

    /// <summary>The pool encoded, its values multiplied first.</summary>
    public byte[] Encode(StorageType type, float factor = 1) =>
        TensorEncoder.Encode(type, factor == 1 ? _values : Array.ConvertAll(_values, v => v * factor));

    /// <summary>The weight of this name: norm scales are 1, everything else is cut from the pool.</summary>
    public void Fill(string name, Span<float> weight)
    {
        if (name.EndsWith(".scale", StringComparison.Ordinal))
        {
            weight.Fill(1);
            return;
        }
        for (int from = StartUnit(name) * Unit; !weight.IsEmpty; from = 0)
        {
            int count = Math.Min(weight.Length, _values.Length - from);
            _values.AsSpan(from, count).CopyTo(weight);
            weight = weight[count..];
        }
    }

    /// <summary>Where in the pool the weight of this name starts, in units: FNV-1a of the name, so that it is the same in memory and in files.</summary>
    public static int StartUnit(string name)
    {
        uint hash = 2_166_136_261;
        foreach (char c in name)
            hash = (hash ^ c) * 16_777_619;
        return (int)(hash % Units);
    }
}
