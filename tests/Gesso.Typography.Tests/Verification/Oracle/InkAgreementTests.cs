using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Verification;
using Gesso.Typography.Verification.Oracle;
using SkiaSharp;

namespace Gesso.Typography.Tests.Verification.Oracle;

public sealed class InkAgreementTests
{
    [Fact]
    public void Same_ink_agrees_wherever_it_stands()
    {
        var first = Blob(60, 40, 10, 12);

        var agreement = InkAgreement.Between(first, Blob(90, 70, 31, 40));

        Assert.Equal((1, -21, -28), (agreement.Iou, agreement.ShiftX, agreement.ShiftY));
    }

    [Fact]
    public void A_quarter_of_a_pixel_is_found()
    {
        var agreement = InkAgreement.Between(Blob(60, 40, 10.25, 12), Blob(60, 40, 10, 12));

        Assert.Equal((0.25, 0), (agreement.ShiftX, agreement.ShiftY));
        Assert.InRange(agreement.Iou, 0.999, 1);
    }

    [Fact]
    public void Other_ink_does_not_agree()
    {
        Assert.InRange(InkAgreement.Between(Blob(60, 40, 10, 12), Blob(60, 40, 10, 12, 10)).Iou, 0.4, 0.6); // half the width
        Assert.Equal(0, InkAgreement.Between(Blob(60, 40, 10, 12), new RasterImage(5, 5, 1, new byte[25])).Iou);
        Assert.Equal(1, InkAgreement.Between(new RasterImage(9, 9, 1, new byte[81]), new RasterImage(5, 5, 1, new byte[25])).Iou);
    }

    [Fact]
    public void Pictures_are_no_masks() => Assert.Equal("bad_mask", Assert.Throws<GessoException>(
        () => InkAgreement.Between(Blob(9, 9, 1, 1), new RasterImage(5, 5, 3, new byte[75]))).Code);

    [Theory]
    [InlineData("Hamburgefonstiv 0123")]
    [InlineData("Crème brûlée, Ærøskøbing")]
    [InlineData("Съешь ещё этих мягких")]
    [InlineData("Ξεσκεπάζω τὴν ψυχοφθόρα")]
    [InlineData("AVATAR Toffee fi fl €5.90")]
    [InlineData("السلام عليكم ورحمة الله")]
    [InlineData("שלום לכולם")]
    [InlineData("हिन्दी में क्षत्रिय स्त्री")]
    [InlineData("ภาษาไทยที่นี่")]
    public void Two_renderers_draw_the_same_line(string text)
    {
        Assert.SkipWhen(TestFonts.For(text) is null, $"no font for \"{text}\"");
        Assert.SkipWhen(PangoRenderer.Missing is not null, PangoRenderer.Missing ?? "");

        var agreement = WithPango(text, text);

        Assert.True(agreement.Iou >= OracleCheck.LeastIou, $"{text}: {agreement}");
    }

    [Fact]
    public void Two_renderers_differ_where_a_letter_is_wrong()
    {
        Assert.SkipWhen(TestFonts.Path is null, TestFonts.Missing);
        Assert.SkipWhen(PangoRenderer.Missing is not null, PangoRenderer.Missing ?? "");

        Assert.InRange(WithPango("Hamburgefonstiv", "Hamburgefonsliv").Iou, 0, 0.95);
        Assert.InRange(WithPango("résumé", "resume\u0301").Iou, 0, 0.97);
    }

    private static InkAgreement WithPango(string ours, string theirs)
    {
        const int finer = 8;                                                                 // an em of about 128 pixels: at 64 the two ways of smoothing edges differ by 2 %
        string file = TestFonts.For(ours)!;
        using var typeface = SKTypeface.FromFile(file);
        int shrink = Math.Max(1, typeface.UnitsPerEm / 1024);
        return InkAgreement.Between(
            ShapedLine.Mask(ours, (double)typeface.UnitsPerEm / shrink / finer), PangoRenderer.Mask(theirs, file, typeface.FamilyName, typeface.UnitsPerEm, shrink), finer);
    }

    /// <summary>A box of soft edges.</summary>
    private static RasterImage Blob(int width, int height, double x, double y, double wide = 20)
    {
        byte[] pixels = new byte[width * height];
        for (int i = 0; i < pixels.Length; i++)
        {
            double Cover(double from, double to, int at) => Math.Clamp(Math.Min(to, at + 1) - Math.Max(from, at), 0, 1);
            pixels[i] = (byte)Math.Round(255 * Cover(x, x + wide, i % width) * Cover(y, y + 14, i / width));
        }
        return new RasterImage(width, height, 1, pixels);
    }
}
