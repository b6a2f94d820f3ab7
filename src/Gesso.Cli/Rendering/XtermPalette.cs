namespace Gesso.Cli.Rendering;

/// <summary>Colours 16…255 of xterm: a cube of 6 levels per channel, then 24 greys. 0…15 are the user's theme and are left alone.</summary>
internal static class XtermPalette
{
    private const int CubeStart = 16;
    private const int GreyStart = 232;
    private static readonly int[] s_levels = [0, 95, 135, 175, 215, 255];

    public static int Nearest(int red, int green, int blue)
    {
        (int r, int g, int b) = (Level(red), Level(green), Level(blue));
        int cube = Distance(red, green, blue, s_levels[r], s_levels[g], s_levels[b]);
        int step = Math.Clamp(((red + green + blue) / 3 - 3) / 10, 0, 23);
        int grey = 8 + 10 * step;
        return Distance(red, green, blue, grey, grey, grey) < cube ? GreyStart + step : CubeStart + 36 * r + 6 * g + b;
    }

    /// <summary>The colour of entry 16…255.</summary>
    public static (byte Red, byte Green, byte Blue) Color(int index)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(index, CubeStart);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, 255);
        if (index >= GreyStart)
        {
            byte grey = (byte)(8 + 10 * (index - GreyStart));
            return (grey, grey, grey);
        }
        int cube = index - CubeStart;
        return ((byte)s_levels[cube / 36], (byte)s_levels[cube / 6 % 6], (byte)s_levels[cube % 6]);
    }

    private static int Level(int value)
    {
        int best = 0;
        for (int i = 1; i < s_levels.Length; i++)
        {
            if (Math.Abs(s_levels[i] - value) < Math.Abs(s_levels[best] - value))
                best = i;
        }
        return best;
    }

    private static int Distance(int r1, int g1, int b1, int r2, int g2, int b2) =>
        (r1 - r2) * (r1 - r2) + (g1 - g2) * (g1 - g2) + (b1 - b2) * (b1 - b2);
}
