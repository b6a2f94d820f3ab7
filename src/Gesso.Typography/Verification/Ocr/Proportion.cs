using System.Globalization;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>So many of so many, with what that proves: 50 of 50 only shows that the true share is above 93 %.</summary>
public readonly record struct Proportion(int Hits, int Count)
{
    private const double NormalAt95 = 1.959964;

    public double Share => Count == 0 ? 0 : (double)Hits / Count;

    /// <summary>Lower end of Wilson's 95 % interval.</summary>
    public double Low => Wilson(-1);

    public double High => Wilson(1);

    public static Proportion operator +(Proportion a, Proportion b) => new(a.Hits + b.Hits, a.Count + b.Count);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Hits}/{Count} ({Share:P1}, {Low:P1} … {High:P1})");

    private double Wilson(int side)
    {
        if (Count == 0)
            return side < 0 ? 0 : 1;
        double z2 = NormalAt95 * NormalAt95, p = Share;
        double centre = p + z2 / (2 * Count);
        double half = NormalAt95 * Math.Sqrt((p * (1 - p) + z2 / (4 * Count)) / Count);
        return Math.Clamp((centre + side * half) / (1 + z2 / Count), 0, 1);
    }
}
