using Gesso.Contracts.Images;

namespace Gesso.Cli.Rendering;

/// <summary>Pictures in a terminal: chooses size and protocol; the encoders do the rest.</summary>
internal static class TerminalImage
{
    /// <summary>Renders within <paramref name="maxColumns"/> × <paramref name="maxRows"/> cells; null where the terminal shows no pictures.</summary>
    /// <param name="image">1, 3 or 4 channels.</param>
    /// <param name="terminal">The protocol is <see cref="TerminalCapabilities.Preview"/>.</param>
    /// <param name="maxColumns">At least 1.</param>
    /// <param name="maxRows">At least 1.</param>
    /// <param name="id">Kitty's name for the picture; the next one of the same name replaces it. 0: no name, it stays for good.</param>
    /// <param name="background">What shows through transparent pixels.</param>
    public static RenderedImage? Render(
        RasterImage image,
        TerminalCapabilities terminal,
        int maxColumns,
        int maxRows,
        uint id = 0,
        AlphaBackground background = AlphaBackground.Checker)
    {
        CellLayout layout = CellLayout.Fit(image.Size, maxColumns, maxRows, terminal.Size);
        if (terminal.Preview == PreviewProtocol.Blocks)
            return RenderBlocks(image, terminal, layout, background);
        string? payload = terminal.Preview switch
        {
            PreviewProtocol.Kitty => KittyGraphics.Encode(AtMost(image, layout, background), layout, id),
            PreviewProtocol.ITerm => ITermImage.Encode(AtMost(image, layout, background), layout),
            PreviewProtocol.Sixel => SixelEncoder.Encode(ImageScaler.ToRgb(image, layout.PixelWidth, layout.PixelHeight, background)),
            _ => null,
        };
        if (payload is null)
            return null;
        bool staysWhenErased = terminal.Preview == PreviewProtocol.Kitty && id != 0;
        return new RenderedImage(terminal.Preview, layout.Columns, layout.Rows, payload) { Removal = staysWhenErased ? KittyGraphics.Delete(id) : "" };
    }

    /// <summary>Writes a picture and ends on the line below it. Writes nothing where the terminal shows no pictures.</summary>
    public static void Print(TextWriter output, RasterImage image, TerminalCapabilities terminal, int maxColumns, int maxRows)
    {
        int rows = terminal.IsInteractive ? Math.Max(1, Math.Min(maxRows, terminal.Size.Rows - 1)) : maxRows;
        if (Render(image, terminal, maxColumns, rows) is not { } rendered)
            return;
        if (terminal.IsInteractive)
        {
            var region = new LiveRegion(output, terminal);
            region.Draw(rendered, [""]);
            output.Flush();
            return;
        }
        output.Write(rendered.Payload);
        output.Write('\n');
        output.Flush();
    }

    /// <summary>The terminal enlarges by itself; only what it would have to shrink is shrunk here, to send less.</summary>
    private static RasterImage AtMost(RasterImage image, CellLayout layout, AlphaBackground background) =>
        image.Width <= layout.PixelWidth && image.Height <= layout.PixelHeight
            ? ImageScaler.ToRgb(image, image.Width, image.Height, background)
            : ImageScaler.ToRgb(image, layout.PixelWidth, layout.PixelHeight, background);

    private static RenderedImage RenderBlocks(RasterImage image, TerminalCapabilities terminal, CellLayout layout, AlphaBackground background)
    {
        int height = Math.Clamp((int)Math.Round(layout.PixelHeight * 2 / terminal.Size.CellHeight), 1, layout.Rows * 2);
        RasterImage pixels = ImageScaler.ToRgb(image, layout.Columns, height, background, checker: 2);
        int rows = (height + 1) / 2;
        return new RenderedImage(PreviewProtocol.Blocks, layout.Columns, rows, HalfBlocks.Encode(pixels, terminal.Colors));
    }
}
