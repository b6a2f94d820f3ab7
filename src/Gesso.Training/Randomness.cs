using Gesso.Contracts.Images;
using static TorchSharp.torch;

namespace Gesso.Training;

/// <summary>
/// Every random draw of a run as a function of the run's seed, what is drawn, and where in the run: no generator has a state that would have to be saved, and a
/// resumed run draws what it would have drawn.
/// </summary>
/// <param name="Seed">Of the run.</param>
public readonly record struct Randomness(Seed Seed)
{
    /// <summary>A seed of its own for one use.</summary>
    /// <param name="use">What is drawn: "noise", "order" …</param>
    /// <param name="place">Numbers that tell draws of this use apart: step, picture.</param>
    public long For(string use, params ReadOnlySpan<long> place)
    {
        ulong state = (ulong)Seed.Value;
        foreach (char c in use)
            state = Step(state ^ c);
        foreach (long number in place)
            state = Step(state ^ (ulong)number);
        return (long)(Step(state) & long.MaxValue);
    }

    /// <summary>Standard normal values in f32 on the CPU.</summary>
    public static Tensor Normal(long seed, params long[] shape)
    {
        using var generator = new Generator(0, CPU);
        generator.manual_seed(seed);
        return randn(shape, ScalarType.Float32, CPU, generator: generator);
    }

    /// <summary>Numbers of 0 to below 1, as many as are taken.</summary>
    public static IEnumerable<double> Uniform(long seed)
    {
        for (ulong state = (ulong)seed; ; state += 0x9E3779B97F4A7C15)
            yield return (Step(state) >> 11) * (1.0 / (1L << 53));
    }

    /// <summary>A standard normal number (Box and Muller).</summary>
    public static double Normal(long seed)
    {
        double[] u = [.. Uniform(seed).Take(2)];
        return Math.Sqrt(-2 * Math.Log(1 - u[0])) * Math.Cos(2 * Math.PI * u[1]);
    }

    /// <summary>The same things in another order (Fisher and Yates).</summary>
    public static T[] Shuffled<T>(long seed, IEnumerable<T> things)
    {
        T[] all = [.. things];
        int i = all.Length - 1;
        foreach (double u in Uniform(seed).Take(Math.Max(0, i)))
        {
            int other = (int)(u * (i + 1));
            (all[i], all[other]) = (all[other], all[i]);
            i--;
        }
        return all;
    }

    internal static long Mixed(long seed, long number) => (long)(Step((ulong)seed ^ Step((ulong)number)) & long.MaxValue);

    /// <summary>SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).</summary>
    private static ulong Step(ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
        return state ^ (state >> 31);
    }
}
