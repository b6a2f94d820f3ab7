using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Scene;
using Gesso.Typography.Verification.Ocr;
using Gesso.Typography.Verification.StrayText;
using SkiaSharp;

namespace Gesso.Typography.Tests.Verification.StrayText;

public sealed class PlateCleanerTests
{
    private static readonly string[] Words = ["GRAND OPENING", "Fresh Coffee", "No. 47", "SUMMER 1984", "Sale 50% off", "lorem ipsum"];

    [Fact]
    public void A_hole_takes_on_what_is_around_it()
    {
        RasterImage Slope() => Drawing.Of(120, 90, (x, y) => (60 + x, 200 - y, 100 + 0.5 * x));
        var damaged = Slope();
        var mask = new RasterImage(120, 90, 1, new byte[120 * 90]);
        for (int i = 0; i < mask.Pixels.Length; i++)
        {
            if (i % 120 is >= 40 and < 90 && i / 120 is >= 30 and < 55)
                (mask.Pixels[i], damaged.Pixels[3 * i], damaged.Pixels[3 * i + 1]) = (255, 0, 255);
        }

        var filled = Inpainting.Fill(damaged, mask);

        var expected = Slope();
        int worst = filled.Pixels.Zip(expected.Pixels, (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(worst, 0, 3);                                                         // a slope is harmonic, so it comes back
    }

    [Fact]
    public void A_filled_hole_has_the_grain_of_its_surroundings()
    {
        var picture = Drawing.Noisy(Drawing.Plain(160, 120, 128), 7, 1);
        var mask = new RasterImage(160, 120, 1, new byte[160 * 120]);
        for (int i = 0; i < mask.Pixels.Length; i++)
            mask.Pixels[i] = (byte)(i % 160 is >= 50 and < 110 && i / 160 is >= 45 and < 75 ? 1 : 0);

        var filled = Inpainting.Fill(picture, mask);

        double inside = Deviation(filled, mask, 1), outside = Deviation(filled, mask, 0);
        Assert.InRange(inside, 0.7 * outside, 1.2 * outside);
        for (int i = 0; i < mask.Pixels.Length; i++)
            Assert.True(mask.Pixels[i] > 0 || picture.Pixels[3 * i] == filled.Pixels[3 * i], "a pixel outside the mask changed");
    }

    [Fact]
    public void Masks_of_another_size_and_of_everything_are_refused()
    {
        var picture = Drawing.Plain(20, 20, 5);
        Assert.Equal("bad_mask", Assert.Throws<GessoException>(() => Inpainting.Fill(picture, new RasterImage(10, 10, 1, new byte[100]))).Code);
        var everything = new RasterImage(20, 20, 1, new byte[400]);
        Array.Fill(everything.Pixels, (byte)1);
        Assert.Equal("nothing_around", Assert.Throws<GessoException>(() => Inpainting.Fill(picture, everything)).Code);
    }

    [Fact]
    public void Planted_text_is_found_and_taken_out()
    {
        Assert.SkipWhen(TestFonts.Path is null, TestFonts.Missing);
        Assert.SkipWhen(OcrModels.Default.Missing is not null, OcrModels.Default.Missing ?? "");
        using var detector = new PpOcrDetector(OcrModels.Default);
        using var recognizer = new PpOcrRecognizer(OcrModels.Default);
        var cleaner = new PlateCleaner(new StrayTextScan(detector, recognizer));
        List<string> left = [];
        for (int k = 0; k < Words.Length; k++)
        {
            var planted = Planted(k);

            var cleaned = cleaner.Clean(planted, []);

            Drawing.Show($"planted-{k}", planted);
            Drawing.Show($"cleaned-{k}", cleaned.Picture);
            Assert.True(cleaned.Before.Count > 0, $"\"{Words[k]}\" was not found");
            left.AddRange(cleaned.After.Select(a => $"{Words[k]}: {a}"));
        }
        Assert.Empty(left);
    }

    [Fact]
    public void Planned_text_is_no_stray_text()
    {
        Assert.SkipWhen(TestFonts.Path is null, TestFonts.Missing);
        Assert.SkipWhen(OcrModels.Default.Missing is not null, OcrModels.Default.Missing ?? "");
        using var detector = new PpOcrDetector(OcrModels.Default);
        using var recognizer = new PpOcrRecognizer(OcrModels.Default);
        var scan = new StrayTextScan(detector, recognizer);
        var picture = Drawing.WithText(Drawing.WithText(Drawing.Plain(640, 480, 200), "WANTED TEXT", 80, 120, 48, SKColors.Black), "not asked for", 300, 400, 30, SKColors.Black);

        var stray = Assert.Single(scan.Find(picture, [Quad.Box(60, 60, 500, 90)]));

        Assert.InRange(stray.Quad.Centre.Y, 370, 410);
    }

    [Fact]
    public void A_wall_has_no_text()
    {
        Assert.SkipWhen(OcrModels.Default.Missing is not null, OcrModels.Default.Missing ?? "");
        using var detector = new PpOcrDetector(OcrModels.Default);
        using var recognizer = new PpOcrRecognizer(OcrModels.Default);

        Assert.Empty(new StrayTextScan(detector, recognizer).Find(Drawing.Busy(640, 480, 2), []));
    }

    private static RasterImage Planted(int k)
    {
        var plate = Drawing.Noisy(Drawing.Of(640, 480, (x, y) => (90 + 0.15 * x + 10 * k, 120 + 0.1 * y, 150 - 0.1 * x)), 2 + k, k);
        return Drawing.WithText(plate, Words[k], 60 + 30 * k, 120 + 45 * k, 22 + 6 * k, k % 2 == 0 ? SKColors.White : new SKColor(30, 20, 20));
    }

    private static double Deviation(RasterImage image, RasterImage mask, byte of)
    {
        double[] values = [.. Enumerable.Range(0, mask.Pixels.Length).Where(i => mask.Pixels[i] == of).Select(i => (double)image.Pixels[3 * i])];
        double mean = values.Average();
        return Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
    }
}
