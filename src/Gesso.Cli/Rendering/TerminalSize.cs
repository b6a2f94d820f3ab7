namespace Gesso.Cli.Rendering;

/// <summary>
/// The window in character cells and, where the terminal tells, in pixels (0 = unknown).
/// Unknown cells count as 10x20 pixels, the cell of the VT340, which Windows Terminal still uses for Sixel.
/// </summary>
internal readonly record struct TerminalSize(int Columns, int Rows, int PixelWidth = 0, int PixelHeight = 0)
{
    public static TerminalSize Default { get; } = new(80, 24);

    public double CellWidth => PixelWidth > 0 && Columns > 0 ? (double)PixelWidth / Columns : 10;

    public double CellHeight => PixelHeight > 0 && Rows > 0 ? (double)PixelHeight / Rows : 20;
}
