using Gesso.Cli.Rendering;
using Gesso.Contracts.Images;

namespace Gesso.Cli.Tests.Rendering;

public sealed class TerminalImageTests
{
    private static readonly TerminalSize s_window = new(100, 40, 1000, 800);

    [Fact]
    public void Kitty_sends_the_exact_pixels_in_chunks_when_the_picture_is_smaller_than_its_cells()
    {
        RasterImage picture = Noise(64, 48);
        RenderedImage rendered = Render(picture, PreviewProtocol.Kitty, 20, 10, id: 77);
        ImageDecoders.Kitty back = ImageDecoders.DecodeKitty(rendered.Payload);
        Assert.Equal(picture.Pixels, back.Image.Pixels);
        Assert.Equal(("T", "24", "1", "77", "20", "8"), (back.Keys["a"], back.Keys["f"], back.Keys["C"], back.Keys["i"], back.Keys["c"], back.Keys["r"]));
        Assert.Equal(4096, back.LongestChunk);
        Assert.Contains("i=77", rendered.Removal, StringComparison.Ordinal);
    }

    [Fact]
    public void Kitty_shrinks_what_is_larger_than_its_cells()
    {
        RasterImage picture = Pictures.Gradient(1024, 1024);
        ImageDecoders.Kitty back = ImageDecoders.DecodeKitty(Render(picture, PreviewProtocol.Kitty, 20, 10).Payload);
        Assert.Equal((200, 200), (back.Image.Width, back.Image.Height));
        Assert.InRange(Pictures.Difference(Pictures.Gradient(200, 200), back.Image), 0, 2);
    }

    [Fact]
    public void ITerm_sends_a_png_of_the_exact_pixels()
    {
        RasterImage picture = Noise(50, 30);
        (RasterImage back, IReadOnlyDictionary<string, string> keys) = ImageDecoders.DecodeITerm(Render(picture, PreviewProtocol.ITerm, 20, 10).Payload);
        Assert.Equal(picture.Pixels, back.Pixels);
        Assert.Equal(("1", "20", "6"), (keys["inline"], keys["width"], keys["height"]));
    }

    [Fact]
    public void Sixel_keeps_few_colors_to_the_percent()
    {
        RasterImage picture = ImageScaler.ToRgb(new RasterImage(2, 2, 3, [255, 0, 0, 10, 200, 30, 1, 2, 3, 90, 90, 90]), 40, 40);
        RasterImage back = ImageDecoders.DecodeSixel(Render(picture, PreviewProtocol.Sixel, 4, 2).Payload);
        Assert.InRange(Pictures.Difference(picture, back), 0, 3); // a percent is 2.55 levels
    }

    [Fact]
    public void Sixel_approximates_many_colors()
    {
        RasterImage picture = Pictures.Gradient(200, 200);
        RasterImage back = ImageDecoders.DecodeSixel(Render(picture, PreviewProtocol.Sixel, 20, 10).Payload);
        Assert.InRange(Pictures.MeanDifference(picture, back), 0.01, 8);
        Assert.InRange(Pictures.Difference(picture, back), 1, 40);
    }

    [Fact]
    public void Sixel_handles_heights_that_are_no_multiple_of_six()
    {
        RasterImage picture = Pictures.Solid(31, 7, 12, 34, 56);
        RasterImage back = ImageDecoders.DecodeSixel(SixelEncoder.Encode(picture));
        Assert.InRange(Pictures.Difference(picture, back), 0, 3);
    }

    [Fact]
    public void Blocks_show_two_exact_pixels_per_cell_in_true_color()
    {
        RasterImage picture = Noise(20, 20);
        RenderedImage rendered = Render(picture, PreviewProtocol.Blocks, 20, 10);
        Assert.Equal((20, 10), (rendered.Columns, rendered.Rows));
        Assert.Equal(picture.Pixels, OnScreen(rendered).Pixels);
    }

    [Fact]
    public void Blocks_come_close_with_256_colors()
    {
        RasterImage picture = Noise(20, 20);
        RenderedImage rendered = Render(picture, PreviewProtocol.Blocks, 20, 10, colors: ColorDepth.Indexed);
        Assert.InRange(Pictures.Difference(picture, OnScreen(rendered)), 1, 48); // half the widest gap of the cube, 95 / 2
    }

    [Fact]
    public void Blocks_leave_the_lower_half_of_an_odd_last_row_in_the_default_color()
    {
        RenderedImage rendered = Render(Pictures.Solid(30, 21, 9, 9, 9), PreviewProtocol.Blocks, 10, 10);
        var screen = new ScreenEmulator(20, 10);
        screen.Write(rendered.Payload);
        Assert.Equal(4, rendered.Rows);
        Assert.Equal(("2;9;9;9", ""), (screen.At(3, 0).Foreground, screen.At(3, 0).Background));
    }

    [Fact]
    public void XtermPalette_finds_every_one_of_its_own_colors()
    {
        for (int i = 16; i < 256; i++)
        {
            (byte r, byte g, byte b) = XtermPalette.Color(i);
            Assert.Equal((r, g, b), XtermPalette.Color(XtermPalette.Nearest(r, g, b)));
        }
    }

    [Fact]
    public void Render_repeats_grey_and_puts_transparent_pixels_on_the_background()
    {
        RasterImage grey = OnScreen(Render(Pictures.Solid(4, 4, 77), PreviewProtocol.Blocks, 4, 2));
        Assert.Equal(Pictures.Solid(4, 4, 77, 77, 77).Pixels, grey.Pixels);

        RasterImage clear = Pictures.Solid(8, 8, 10, 20, 30, 0);
        Assert.Equal(Pictures.Solid(8, 8, 255, 255, 255).Pixels, ImageScaler.ToRgb(clear, 8, 8, AlphaBackground.White).Pixels);
        Assert.Equal(2, ImageScaler.ToRgb(clear, 8, 8, checker: 2).Pixels.Distinct().Count());

        RasterImage half = ImageScaler.ToRgb(Pictures.Solid(2, 2, 100, 0, 200, 51), 2, 2, AlphaBackground.White); // alpha 0.2
        Assert.Equal(new byte[] { 224, 204, 244 }, half.Pixels[..3]);
    }

    [Fact]
    public void ImageScaler_keeps_hidden_colors_out_of_the_edge_of_a_transparent_area()
    {
        var picture = new RasterImage(2, 1, 4, [200, 0, 0, 255, 0, 255, 0, 0]);
        Assert.Equal(new byte[] { 228, 128, 128 }, ImageScaler.ToRgb(picture, 1, 1, AlphaBackground.White).Pixels);
    }

    [Fact]
    public void ImageScaler_averages_by_area_and_keeps_flat_pixels_when_enlarging()
    {
        var two = new RasterImage(2, 1, 1, [0, 100]);
        Assert.Equal(50, ImageScaler.ToRgb(two, 1, 1).Pixels[0]);
        byte[] three = ImageScaler.ToRgb(two, 3, 1).Pixels;
        Assert.Equal(new byte[] { 0, 50, 100 }, new[] { three[0], three[3], three[6] });
    }

    [Fact]
    public void Render_never_exceeds_the_cells_and_keeps_proportions()
    {
        foreach (ImageSize size in new ImageSize[] { new(1, 1), new(1, 5000), new(5000, 1), new(1024, 1024), new(1344, 768), new(17, 31) })
        {
            foreach (int columns in new[] { 1, 7, 80 })
            {
                foreach (int rows in new[] { 1, 5, 40 })
                {
                    CellLayout layout = CellLayout.Fit(size, columns, rows, s_window);
                    Assert.InRange(layout.Columns, 1, columns);
                    Assert.InRange(layout.Rows, 1, rows);
                    Assert.InRange(layout.PixelWidth, 1, layout.Columns * 10);
                    Assert.InRange(layout.PixelHeight, 1, layout.Rows * 20);
                    double ratio = (double)size.Height / size.Width;
                    if (Math.Min(layout.PixelWidth, layout.PixelHeight) > 1)
                        Assert.InRange(layout.PixelWidth * ratio, layout.PixelHeight - 1 - ratio, layout.PixelHeight + 1 + ratio); // one pixel of rounding
                }
            }
        }
    }

    [Fact]
    public void Render_is_null_where_no_pictures_are_shown() =>
        Assert.Null(TerminalImage.Render(Noise(8, 8), TerminalCapabilities.Plain, 10, 10));

    [Fact]
    public void Print_ends_on_the_line_below_the_picture()
    {
        var screen = new ScreenEmulator(100, 40);
        var text = new StringWriter();
        TerminalImage.Print(text, Noise(20, 20), Terminal(PreviewProtocol.Blocks), 20, 10);
        screen.Write("before\n" + text + "after");
        Assert.Equal("before", screen.Lines[0]);
        Assert.Equal("after", screen.Lines[11]);
        Assert.Equal(new string('▀', 20), screen.Lines[10]);
    }

    private static TerminalCapabilities Terminal(PreviewProtocol protocol, ColorDepth colors = ColorDepth.True) =>
        new() { IsInteractive = true, Preview = protocol, Colors = colors, Size = s_window };

    private static RenderedImage Render(RasterImage picture, PreviewProtocol protocol, int columns, int rows, uint id = 0, ColorDepth colors = ColorDepth.True)
    {
        RenderedImage? rendered = TerminalImage.Render(picture, Terminal(protocol, colors), columns, rows, id);
        Assert.NotNull(rendered);
        return rendered;
    }

    private static RasterImage OnScreen(RenderedImage rendered)
    {
        var screen = new ScreenEmulator(rendered.Columns, rendered.Rows);
        screen.Write(rendered.Payload);
        Assert.Equal(0, screen.Wraps + screen.Scrolled);
        return ImageDecoders.DecodeBlocks(screen, 0, rendered.Columns, rendered.Rows);
    }

    private static RasterImage Noise(int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        new Random(5).NextBytes(pixels);
        return new RasterImage(width, height, 3, pixels);
    }
}
