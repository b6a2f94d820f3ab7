using Gesso.Contracts.Images;
using Gesso.Typography.Scene;
using Gesso.Typography.Verification.Ocr;
using SkiaSharp;

namespace Gesso.Typography.Tests.Verification.Ocr;

/// <summary>
/// How much of the text on signs is read back after rectifying, with the engine's floor beside it. Signs are turned, seen from an angle, unevenly lit, grainy and
/// saved as JPEG. <c>GESSO_LONG=1</c> reads 120 instead of 8.
/// </summary>
public sealed class SceneStatistics(ITestOutputHelper output)
{
    private static readonly string[] Latin = ["Harbour", "street", "Bakery", "fresh", "OPEN", "daily", "Café", "Zürich", "No.", "Exit", "garden", "books", "Señor", "market", "hotel", "Œuvre"];
    private static readonly string[] Cyrillic = ["Улица", "хлеб", "ОТКРЫТО", "кофе", "Выход", "книги", "рынок", "сад", "Цена", "щит", "Жизнь", "ёлка"];

    private static int Lines => Environment.GetEnvironmentVariable("GESSO_LONG") == "1" ? 120 : 8;

    [Theory]
    [InlineData(OcrScript.Latin)]
    [InlineData(OcrScript.Cyrillic)]
    public void Text_on_signs_is_read_after_rectifying(OcrScript script)
    {
        Assert.SkipWhen(TestFonts.Path is null, TestFonts.Missing);
        using var engines = new OcrEngines();
        Assert.SkipWhen(engines.Missing(script) is not null, engines.Missing(script) ?? "");
        List<OcrLine> lines = [];
        for (int k = 0; k < Lines; k++)
            lines.Add(Sign(k, script));

        var report = new OcrVerification(engines.For).Run(lines);

        output.WriteLine($"{script}: glyphs {report.Glyphs}, floor {report.FloorGlyphs}; lines {report.ExactLines}, floor {report.FloorExactLines}");
        foreach (var (i, line) in report.Lines.Index().Where(l => !l.Item.Score.Exact))
        {
            Drawing.Show($"unread-{script}-{i}", lines[i].Crop);
            if (LinePreparation.Prepare(lines[i].Crop, LineSurface.Scene) is { } prepared)
                Drawing.Show($"unread-{script}-{i}-prepared", prepared);
            output.WriteLine($"{i}: \"{line.Score.Expected}\" read as \"{line.Score.Read}\", floor \"{line.Floor!.Read}\"");
        }
        Assert.True(report.Glyphs.Share >= report.FloorGlyphs.Share - 0.03, report.Glyphs.ToString());
    }

    /// <summary>A sign of two or three words at 28 to 60 pixels.</summary>
    private static OcrLine Sign(int k, OcrScript script)
    {
        var random = new Random(1000 + k);
        string[] words = script == OcrScript.Latin ? Latin : Cyrillic;
        string text = string.Join(' ', Enumerable.Range(0, 2 + k % 2).Select(_ => words[random.Next(words.Length)])) + (k % 4 == 0 ? $" {random.Next(1, 999)}" : "");
        double size = 28 + 32 * random.NextDouble();
        const double oversampling = 4;
        var mask = ShapedLine.Mask(text, size * oversampling);
        double width = mask.Width / oversampling, height = mask.Height / oversampling;
        double turn = (random.NextDouble() - 0.5) * 0.35, tilt = (random.NextDouble() - 0.5) * 0.3;
        int across = (int)(width * 1.25) + 80, down = (int)(height + width * 0.4) + 80;
        ScenePoint Corner(double u, double v, double grow)
        {
            double depth = 1 + tilt * u;
            var (x, y) = (u * width / 2 * grow / depth, v * height / 2 * grow / depth);
            return new ScenePoint(across / 2.0 + x * Math.Cos(turn) - y * Math.Sin(turn), down / 2.0 + x * Math.Sin(turn) + y * Math.Cos(turn));
        }
        Quad Board(double grow) => new(Corner(-1, -1, grow), Corner(1, -1, grow), Corner(1, 1, grow), Corner(-1, 1, grow));
        bool light = k % 3 != 0;
        double tone = light ? 190 + 40 * random.NextDouble() : 50 + 30 * random.NextDouble(), shadow = random.NextDouble();
        var plate = Drawing.WithPlate(Drawing.Busy(across, down, k), Board(1.15), (u, v) =>
        {
            double lit = tone * (1 - 0.25 * u) * (u + 0.2 * v > shadow && u + 0.2 * v < shadow + 0.3 ? 0.7 : 1);
            return (lit, lit * 0.97, lit * 0.9);
        });
        var picture = Drawing.Noisy(Drawing.Blurred(plate, 0.7), 3 + 6 * random.NextDouble(), k);
        var surface = new PlaneSurface(Board(1));
        var placed = SceneCompositor.Place(picture, Drawing.Ink(mask, light ? new SKColor(30, 25, 60) : new SKColor(240, 240, 230)), surface).Picture;
        return new OcrLine(text, script, Rectifier.Rectify(Drawing.Jpeg(placed, 85), surface), LineSurface.Scene, Drawing.Line(text, size));
    }
}
