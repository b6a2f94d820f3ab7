using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;

namespace Gesso.Typography.Tests.Rendering;

public sealed class TextRendererTests
{
    private static readonly TextRenderer Renderer = new(FontLibrary.Default);

    private static TextLayer Layer(string text, double x = 20, double y = 20) => new()
    {
        Id = $"l{x}-{y}",
        Text = text,
        Region = new BoxRegion(x, y, 260, 80),
        Size = 40,
        Color = InkColor.Black,
    };

    private static RasterImage Noise(int width, int height, int channels, int seed = 1)
    {
        byte[] pixels = new byte[width * height * channels];
        new Random(seed).NextBytes(pixels);
        return new RasterImage(width, height, channels, pixels);
    }

    private static RasterImage Flat(byte value, int width = 300, int height = 200) => new(width, height, 3, [.. Enumerable.Repeat(value, width * height * 3)]);

    private static TextDocument Document(params TextLayer[] layers) => new() { Layers = layers };

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Pixels_outside_of_letters_and_effects_stay_bit_for_bit(int channels)
    {
        var picture = Noise(300, 200, channels);
        byte[] before = [.. picture.Pixels];

        var rendering = Renderer.Render(Document(
            Layer("Bit for bit") with { Effects = [new ShadowEffect(0.05, 0.05, 0.05, InkColor.Black), new StrokeEffect(0.05, InkColor.White)] },
            Layer("Print", 20, 110) with { Effects = [new PrintEffect(0.3)] }), picture);

        Assert.Equal(before, picture.Pixels);
        var touched = new bool[300 * 200];
        foreach (var layer in rendering.Layers)
        {
            for (int y = 0; y < layer.Height; y++)
            {
                for (int x = 0; x < layer.Width; x++)
                    touched[(y + layer.Top) * 300 + x + layer.Left] |= layer.Pixels.Pixels[(y * layer.Width + x) * 4 + 3] != 0;
            }
        }
        int changed = 0;
        for (int i = 0; i < touched.Length; i++)
        {
            bool same = rendering.Picture.Pixels.AsSpan(i * channels, channels).SequenceEqual(before.AsSpan(i * channels, channels));
            Assert.True(same || touched[i], $"pixel {i} changed outside of the mask");
            changed += same ? 0 : 1;
        }
        Assert.InRange(changed, 1000, 40_000);
    }

    [Fact]
    public void Transparent_output_has_the_coverage_as_alpha_and_the_colour_untouched()
    {
        var rendering = Renderer.RenderTransparent(Document(Layer("Alpha") with { Color = new InkColor(200, 100, 50) }), new ImageSize(300, 200));

        var (layer, picture) = (rendering.Layers[0], rendering.Picture);
        int solid = 0;
        for (int y = 0; y < 200; y++)
        {
            for (int x = 0; x < 300; x++)
            {
                var pixel = picture.Pixels.AsSpan((y * 300 + x) * 4, 4);
                bool inside = x >= layer.Left && x < layer.Left + layer.Width && y >= layer.Top && y < layer.Top + layer.Height;
                byte coverage = inside ? layer.Coverage.Pixels[(y - layer.Top) * layer.Width + x - layer.Left] : (byte)0;
                Assert.Equal(coverage, pixel[3]);
                if (coverage > 0)
                    Assert.Equal([200, 100, 50], pixel[..3].ToArray());
                solid += coverage == 255 ? 1 : 0;
            }
        }
        Assert.True(solid > 500);
    }

    [Fact]
    public void Same_document_gives_the_same_bytes_each_time()
    {
        var picture = Noise(300, 200, 3);
        var document = Document(Layer("Twice") with { Color = null, Effects = [new NeonEffect(new InkColor(255, 0, 128)), new EmbossEffect()] });

        Assert.Equal(Renderer.Render(document, picture).Picture.Pixels, Renderer.Render(document, picture).Picture.Pixels);
    }

    [Theory]
    [InlineData(20, 255)]
    [InlineData(240, 17)]
    public void Automatic_colour_is_the_one_that_can_be_read(byte ground, byte expected)
    {
        var rendering = Renderer.Render(Document(Layer("Read me") with { Color = null }), Flat(ground));

        Assert.Equal(new InkColor(expected, expected, expected), rendering.Layers[0].Color);
        Assert.Equal(ContrastHelp.None, rendering.Layers[0].Contrast.Help);
        Assert.True(rendering.Report.Passed);
    }

    [Fact]
    public void Neon_without_a_colour_glows_in_that_of_its_layer()
    {
        var blue = new InkColor(30, 80, 255);
        RasterImage Lit(InkColor? color, NeonEffect neon) => Renderer.Render(Document(Layer("Neon") with { Color = color, Effects = [neon] }), Flat(20)).Picture;

        Assert.Equal(Lit(null, new NeonEffect(blue)).Pixels, Lit(blue, new NeonEffect()).Pixels);
        Assert.NotEqual(Lit(null, new NeonEffect()).Pixels, Lit(blue, new NeonEffect()).Pixels);
    }

    [Fact]
    public void Contrast_is_that_of_the_letters_as_they_are_drawn()
    {
        var neon = Renderer.Render(Document(Layer("Neon") with { Color = null, Effects = [new NeonEffect(new InkColor(255, 0, 128))] }), Flat(240));
        var print = Renderer.Render(Document(Layer("Print") with { Color = null, Effects = [new PrintEffect()] }), Flat(230));
        var lost = Renderer.Render(Document(Layer("Print") with { Color = InkColor.White, Effects = [new PrintEffect()] }), Flat(20));

        Assert.False(neon.Report.Passed);                                                    // pale tubes on a pale wall
        Assert.True(neon.Layers[0].Color.Luminance > 0.6);
        Assert.True(print.Report.Passed);
        Assert.InRange(lost.Layers[0].Contrast.Ratio!.Value, 1, 1.01);
    }

    [Theory]
    [InlineData(40, ContrastHelp.Outline)]
    [InlineData(16, ContrastHelp.Plate)]
    public void Ground_of_black_and_white_gets_help(double size, ContrastHelp help)
    {
        byte[] stripes = new byte[300 * 200 * 3];
        for (int i = 0; i < stripes.Length; i++)
            stripes[i] = (byte)(i / 3 % 300 / 10 % 2 * 255);

        var rendering = Renderer.Render(Document(Layer("Read me") with { Color = null, Size = size }), new RasterImage(300, 200, 3, stripes));

        Assert.Equal(help, rendering.Layers[0].Contrast.Help);
        Assert.True(rendering.Layers[0].Contrast.Ratio >= (help == ContrastHelp.Plate ? 4.5 : 3));
        Assert.True(rendering.Report.Passed);
    }

    [Fact]
    public void Report_tells_low_contrast_overlap_and_what_is_cut_off()
    {
        var rendering = Renderer.Render(
            Document(
                Layer("Faint") with { Color = new InkColor(140, 140, 140) },
                Layer("Above") with { Id = "above", Region = new BoxRegion(25, 22, 260, 80) },
                Layer("Cut") with { Id = "cut", Region = new BoxRegion(-20, 120, 260, 70) }),
            Flat(128));

        Assert.False(rendering.Report.Passed);
        Assert.Equal(LayoutRule.Contrast, Assert.Single(rendering.Report.Layers[0].Problems).Rule);
        Assert.Equal(LayoutRule.Overlap, Assert.Single(rendering.Report.Layers[1].Problems).Rule);
        Assert.Equal(LayoutRule.Clipping, Assert.Single(rendering.Report.Layers[2].Problems).Rule);
    }

    [Fact]
    public void Higher_layers_are_drawn_last()
    {
        var low = Layer("■") with { Id = "low", Text = "M", Color = new InkColor(255, 0, 0), Z = 5 };
        var high = low with { Id = "high", Color = new InkColor(0, 0, 255), Z = 4 };

        var rendering = Renderer.Render(Document(low, high), Flat(255));

        Assert.Equal(["high", "low"], rendering.Layers.Select(l => l.Layer.Id));
        Assert.Contains(Enumerable.Range(0, 300 * 200), i => rendering.Picture.Pixels.AsSpan(3 * i, 3).SequenceEqual((ReadOnlySpan<byte>)[255, 0, 0]));
        Assert.DoesNotContain(Enumerable.Range(0, 300 * 200), i => rendering.Picture.Pixels.AsSpan(3 * i, 3).SequenceEqual((ReadOnlySpan<byte>)[0, 0, 255]));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void Plate_comes_back_exactly_from_the_finished_picture(int channels)
    {
        var plate = Noise(300, 200, channels);
        var finished = Renderer.Render(Document(Layer("Take it off") with { Effects = [new ShadowEffect(0, 0, 0.2, InkColor.Black)] }), plate).Picture;

        byte[] patch = PlatePatch.Make(plate, finished);

        Assert.NotEqual(plate.Pixels, finished.Pixels);
        Assert.Equal(plate.Pixels, PlatePatch.Restore(patch, finished).Pixels);
        finished.Pixels[0] ^= 1;
        Assert.Equal("plate_changed", Assert.Throws<GessoException>(() => PlatePatch.Restore(patch, finished)).Code);
    }

    [Fact]
    public void Damaged_patch_is_an_error_and_nothing_else()
    {
        var plate = Noise(60, 40, 3);
        var finished = Noise(60, 40, 3, seed: 2);
        byte[] patch = PlatePatch.Make(plate, finished);
        var random = new Random(3);
        for (int n = 0; n < 300; n++)
        {
            byte[] damaged = [.. patch[..random.Next(1, patch.Length + 1)]];
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                PlatePatch.Restore(damaged, finished);
            }
            catch (GessoException e)
            {
                Assert.Contains(e.Code, (string[])["plate_damaged", "plate_changed"]);
            }
        }
    }

    [Fact]
    public void Patch_that_asks_for_a_preset_dictionary_is_damaged()
    {
        var (plate, finished) = (Noise(60, 40, 3), Noise(60, 40, 3, seed: 2));
        byte[] patch = PlatePatch.Make(plate, finished);
        (patch[PlatePatch.HeaderBytes], patch[PlatePatch.HeaderBytes + 1]) = (0x78, 0xBB);   // RFC 1950: FDICT

        Assert.Equal("plate_damaged", Assert.Throws<GessoException>(() => PlatePatch.Restore(patch, finished)).Code);
    }

    [Fact]
    public void Flat_layer_of_a_cylinder_starts_at_zero_and_graphic_mode_refuses_it()
    {
        var label = Layer("Label") with { Size = null, Align = TextAlign.Center, Region = new CylinderRegion([new(100, 100), new(200, 100), new(200, 160), new(100, 160)]) };

        var flat = Renderer.RenderFlat(label);

        Assert.InRange(flat.Left, 0, 130);
        Assert.True(flat.Width > 80);
        var error = Assert.Throws<GessoException>(() => Renderer.Render(Document(label with { Blend = TextBlend.Graphic }), Flat(255)));
        Assert.Contains("layers[0].blend", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Letters_of_a_quad_lie_inside_of_it()
    {
        var sign = Layer("Sign") with { Size = null, Region = new QuadRegion([new(50, 40), new(250, 70), new(240, 160), new(60, 180)]) };

        var rendering = Renderer.Render(Document(sign), Flat(255));

        Assert.True(rendering.Report.Passed);
        Assert.InRange(rendering.Layers[0].InkBounds.Left, 48, 100);
        Assert.InRange(rendering.Layers[0].InkBounds.Bottom, 80, 181);
    }
}
