using Gesso.Contracts.Images;

namespace Gesso.Cli.Rendering;

/// <summary>The cells a picture covers, and its size in screen pixels inside them (at most the cells' own).</summary>
internal readonly record struct CellLayout(int Columns, int Rows, int PixelWidth, int PixelHeight)
{
    /// <summary>
    /// The largest size with the picture's proportions inside <paramref name="maxColumns"/> × <paramref name="maxRows"/> cells; small pictures are enlarged,
    /// so that a preview keeps its place while it gains detail.
    /// </summary>
    public static CellLayout Fit(ImageSize image, int maxColumns, int maxRows, TerminalSize terminal)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxColumns);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        double scale = Math.Min(maxColumns * terminal.CellWidth / image.Width, maxRows * terminal.CellHeight / image.Height);
        int width = Math.Max(1, (int)Math.Round(image.Width * scale));
        int height = Math.Max(1, (int)Math.Round(image.Height * scale));
        int columns = Math.Clamp((int)Math.Ceiling(width / terminal.CellWidth), 1, maxColumns);
        int rows = Math.Clamp((int)Math.Ceiling(height / terminal.CellHeight), 1, maxRows);
        return new CellLayout(columns, rows, width, height);
    }
}
