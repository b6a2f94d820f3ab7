namespace Gesso.Contracts.Images;

/// <summary>sRGB bytes as amounts of light (IEC 61966-2-1) and back. Light adds up; bytes do not, and edges blended in bytes look thin or dark.</summary>
public static class LinearLight
{
    private static readonly float[] Decoded = [.. Enumerable.Range(0, 256).Select(b => (float)Decode(b / 255.0))];

    /// <summary>0 … 1.</summary>
    public static float Of(byte value) => Decoded[value];

    /// <param name="encoded">0 … 1.</param>
    public static double Decode(double encoded) => encoded <= 0.04045 ? encoded / 12.92 : Math.Pow((encoded + 0.055) / 1.055, 2.4);

    /// <param name="light">0 … 1.</param>
    public static double Encode(double light) => light <= 0.0031308 ? light * 12.92 : 1.055 * Math.Pow(light, 1 / 2.4) - 0.055;

    /// <summary>Relative luminance (WCAG, ITU-R BT.709).</summary>
    public static float Luminance(float red, float green, float blue) => 0.2126f * red + 0.7152f * green + 0.0722f * blue;
}
