using Gesso.Contracts.Images;

namespace Gesso.Training.Tests.Widening;

/// <summary>Squares of one colour on white, some with a dark line round them; and a shaded one.</summary>
internal static class FlatArt
{
    public static readonly (byte, byte, byte) Red = (230, 40, 40);
    public static readonly (byte, byte, byte) Teal = (0, 180, 150);
    public static readonly (byte, byte, byte) Ink = (20, 20, 30);
    private static readonly (byte, byte, byte) White = (255, 255, 255);

    public static RasterImage Square((byte, byte, byte) colour, int line = 0, int side = 40) => Painted(side, (x, y) =>
    {
        int edge = Math.Min(Math.Min(x, y), Math.Min(side - 1 - x, side - 1 - y)) - side / 5;
        return edge < 0 ? White : edge < line ? Ink : colour;
    });

    /// <summary>A square whose red grows darker from left to right.</summary>
    public static RasterImage Shaded(int side = 40) => Painted(side, (x, y) =>
        Math.Min(Math.Min(x, y), Math.Min(side - 1 - x, side - 1 - y)) < side / 5 ? White : ((byte)(250 - 2 * x), (byte)(60 - x), (byte)(60 - x)));

    public static HashSet<(byte, byte, byte)> ColoursOf(RasterImage picture) =>
        [.. Enumerable.Range(0, picture.Pixels.Length / 3).Select(i => (picture.Pixels[3 * i], picture.Pixels[3 * i + 1], picture.Pixels[3 * i + 2]))];

    private static RasterImage Painted(int side, Func<int, int, (byte, byte, byte)> colour)
    {
        byte[] pixels = new byte[side * side * 3];
        for (int i = 0; i < side * side; i++)
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = colour(i % side, i / side);
        return new RasterImage(side, side, 3, pixels);
    }
}
