using Gesso.Contracts.Images;
using Gesso.Typography.Verification.Ocr;
using Gesso.Typography.Verification.StrayText;
using SkiaSharp;

namespace Gesso.Typography.Tests.Verification.StrayText;

/// <summary>
/// The share of plates with unrequested text after cleaning. <c>GESSO_LONG=1</c> plants 1,000 texts instead of 6; <c>GESSO_PLATES</c> names a folder of generated
/// pictures to clean as well.
/// </summary>
public sealed class PlateStatistics(ITestOutputHelper output)
{
    private static readonly string[] Words =
        ["SALE", "Grand Opening", "Fresh Coffee", "No. 47", "SUMMER 1984", "50% off", "lorem ipsum dolor", "Exit", "bakery & café", "Room 12", "OPEN", "Welcome home"];

    private static int Planted => Environment.GetEnvironmentVariable("GESSO_LONG") == "1" ? 1000 : 6;

    [Fact]
    public void Plates_are_free_of_text_after_cleaning()
    {
        Assert.SkipWhen(TestFonts.Path is null, TestFonts.Missing);
        Assert.SkipWhen(OcrModels.Default.Missing is not null, OcrModels.Default.Missing ?? "");
        using var detector = new PpOcrDetector(OcrModels.Default);
        using var recognizer = new PpOcrRecognizer(OcrModels.Default);
        var cleaner = new PlateCleaner(new StrayTextScan(detector, recognizer));
        int found = 0, left = 0;
        for (int k = 0; k < Planted; k++)
        {
            var cleaned = cleaner.Clean(Plant(k), []);
            found += cleaned.Before.Count > 0 ? 1 : 0;
            left += cleaned.IsClean ? 0 : 1;
            if (!cleaned.IsClean || cleaned.Before.Count == 0)
            {
                Drawing.Show($"left-{k}", cleaned.Picture);
                output.WriteLine($"plate {k}: found {cleaned.Before.Count}, left {string.Join("; ", cleaned.After)}");
            }
        }

        output.WriteLine($"planted: found {new Proportion(found, Planted)}, left {new Proportion(left, Planted)}");
        Assert.InRange(left, 0, Planted / 100);
        Assert.InRange(found, Planted * 0.95, Planted);
    }

    [Fact]
    public void Generated_pictures_are_free_of_text_after_cleaning()
    {
        string? folder = Environment.GetEnvironmentVariable("GESSO_PLATES");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "GESSO_PLATES names no folder of pictures");
        Assert.SkipWhen(OcrModels.Default.Missing is not null, OcrModels.Default.Missing ?? "");
        using var detector = new PpOcrDetector(OcrModels.Default);
        using var recognizer = new PpOcrRecognizer(OcrModels.Default);
        var cleaner = new PlateCleaner(new StrayTextScan(detector, recognizer));
        string[] files = Directory.GetFiles(folder!, "*.png");
        int before = 0, after = 0;
        foreach (string file in files)
        {
            var cleaned = cleaner.Clean(Drawing.Load(file), []);
            if (cleaned.Before.Count > 0)
            {
                before++;
                Drawing.Show($"plate-before-{Path.GetFileNameWithoutExtension(file)}", Drawing.Load(file));
                Drawing.Show($"plate-after-{Path.GetFileNameWithoutExtension(file)}", cleaned.Picture);
                output.WriteLine($"{Path.GetFileName(file)}: {string.Join("; ", cleaned.Before)} -> {cleaned.After.Count}");
            }
            after += cleaned.IsClean ? 0 : 1;
        }

        output.WriteLine($"generated: with text {new Proportion(before, files.Length)}, after cleaning {new Proportion(after, files.Length)}");
        Assert.InRange(after, 0, files.Length / 100);
    }

    /// <summary>A word of some size, colour and place on a slope, a wall or a board.</summary>
    private static RasterImage Plant(int k)
    {
        var random = new Random(k);
        double r = 60 + 140 * random.NextDouble(), g = 60 + 140 * random.NextDouble(), b = 60 + 140 * random.NextDouble();
        var plate = (k % 3) switch
        {
            0 => Drawing.Of(512, 384, (x, y) => (r + 0.1 * x, g + 0.1 * y, b - 0.1 * x)),
            1 => Drawing.Busy(512, 384, k),
            _ => Drawing.WithPlate(Drawing.Busy(512, 384, k), Gesso.Typography.Scene.Quad.Box(30, 40, 450, 300), (u, v) => (r - 20 * u, g - 10 * v, b)),
        };
        byte ink = (byte)(r + g + b > 390 ? 20 : 240);
        double size = 18 + 40 * random.NextDouble();
        string word = Words[k % Words.Length];
        double x = 40 + random.NextDouble() * Math.Max(1, 420 - word.Length * size * 0.62);
        return Drawing.WithText(Drawing.Noisy(plate, 1 + 5 * random.NextDouble(), k), word, x, 90 + 220 * random.NextDouble(), size, new SKColor(ink, ink, (byte)(ink / 2)));
    }
}
