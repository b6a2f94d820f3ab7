using Gesso.Contracts.Images;

namespace Gesso.Training.Widening;

/// <summary>A colour in a space where equal distances look about equally far (Ottosson, bottosson.github.io/posts/oklab), lightness counted a little less than hue.</summary>
internal readonly record struct Oklab(double L, double A, double B)
{
    private const double WeightOfLightness = 0.6;

    private static readonly double[] Linear = [.. Enumerable.Range(0, 256).Select(v => LinearLight.Decode(v / 255.0))];

    public static Oklab Of(byte red, byte green, byte blue)
    {
        var (r, g, b) = (Linear[red], Linear[green], Linear[blue]);
        double l = Math.Cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
        double m = Math.Cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
        double s = Math.Cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
        return new(
            WeightOfLightness * (0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s),
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s);
    }

    /// <summary>Squared.</summary>
    public double FarFrom(Oklab other)
    {
        var (l, a, b) = (L - other.L, A - other.A, B - other.B);
        return l * l + a * a + b * b;
    }
}
