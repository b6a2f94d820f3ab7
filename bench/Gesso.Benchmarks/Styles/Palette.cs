using Gesso.Contracts.Images;

namespace Gesso.Benchmarks.Styles;

/// <summary>How much of a picture, its white ground left out, has which of 216 colours: six levels of each channel, shares that add up to 1.</summary>
internal static class Palette
{
    private const int Levels = 6;
    private const int White = 240;

    public static double[] Of(RasterImage picture)
    {
        double[] shares = new double[Levels * Levels * Levels];
        byte[] p = picture.Pixels;
        int counted = 0;
        for (int i = 0; i < p.Length; i += picture.Channels)
        {
            if (p[i] >= White && p[i + 1] >= White && p[i + 2] >= White)
                continue;
            shares[((p[i] * Levels >> 8) * Levels + (p[i + 1] * Levels >> 8)) * Levels + (p[i + 2] * Levels >> 8)]++;
            counted++;
        }
        for (int i = 0; i < shares.Length; i++)
            shares[i] /= Math.Max(1, counted);
        return shares;
    }

    public static double[] Mean(IReadOnlyList<double[]> palettes) =>
        [.. Enumerable.Range(0, palettes[0].Length).Select(i => palettes.Average(p => p[i]))];

    /// <summary>Half the sum of differences: 0 for equal palettes, 1 for none in common.</summary>
    public static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Sum() / 2;

    /// <summary>The mean distance of all pairs.</summary>
    public static double Spread(IReadOnlyList<double[]> palettes)
    {
        double sum = 0;
        for (int i = 0; i < palettes.Count; i++)
        {
            for (int j = 0; j < i; j++)
                sum += Distance(palettes[i], palettes[j]);
        }
        return sum / Math.Max(1, palettes.Count * (palettes.Count - 1) / 2);
    }
}
