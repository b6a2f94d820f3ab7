using Gesso.Contracts.Errors;
using Gesso.Typography.Scene;
using Gesso.Typography.Verification.Ocr;
using SkiaSharp;

namespace Gesso.Typography.Tests.Verification.Ocr;

public sealed class PpOcrTests
{
    [Fact]
    public void Repeats_are_one_letter_unless_nothing_lies_between()
    {
        int[] best = [0, 1, 1, 0, 1, 2, 2, 3];                                               // classes: nothing, a, b, space
        float[] probabilities = new float[best.Length * 4];
        for (int t = 0; t < best.Length; t++)
            probabilities[t * 4 + best[t]] = 0.8f;

        var reading = PpOcrRecognizer.Decode(probabilities, best.Length, 4, ["a", "b", " "]);

        Assert.Equal("aab", reading.Text);
        Assert.Equal(0.8, reading.Confidence!.Value, 1e-6);
    }

    [Fact]
    public void Boxes_of_a_map_turn_with_the_text_and_grow()
    {
        var map = new Plane(200, 120);
        var inner = new Quad(new ScenePoint(40, 40), new ScenePoint(140, 60), new ScenePoint(136, 80), new ScenePoint(36, 60));
        for (int i = 0; i < map.Values.Length; i++)
            map.Values[i] = inner.Contains(new ScenePoint(i % 200 + 0.5, i / 200 + 0.5)) ? 0.9f : 0.05f;
        map[180, 10] = 0.9f;                                                                 // a speck

        var found = Assert.Single(DbBoxes.From(map));

        Assert.InRange(found.Score, 0.75, 0.9);
        double grown = inner.Area * 1.5 / Polygon.Perimeter(inner.Corners);
        Assert.Equal(102 + 2 * grown, found.Quad.Width, 4.0);
        Assert.Equal(20.4 + 2 * grown, found.Quad.Height, 4.0);
        Assert.InRange(found.Quad.TopRight.Y - found.Quad.TopLeft.Y, 10, 35);
    }

    [Fact]
    public void Weak_places_are_no_text()
    {
        var map = new Plane(100, 60);
        for (int i = 0; i < map.Values.Length; i++)
            map.Values[i] = i % 100 is > 20 and < 80 && i / 100 is > 20 and < 40 ? 0.45f : 0;

        Assert.Empty(DbBoxes.From(map));
    }

    [Theory]
    [InlineData("CLEARANCE SALE", 36)]
    [InlineData("Room 204", 24)]
    public void Text_is_found_and_read(string text, double size)
    {
        Assert.SkipWhen(TestFonts.Path is null, TestFonts.Missing);
        Assert.SkipWhen(OcrModels.Default.Missing is not null, OcrModels.Default.Missing ?? "");
        using var detector = new PpOcrDetector(OcrModels.Default);
        using var recognizer = new PpOcrRecognizer(OcrModels.Default);
        var picture = Drawing.WithText(Drawing.Plain(640, 400, 210), text, 120, 200, size, SKColors.Navy);

        var place = Assert.Single(detector.Find(picture));
        var reading = recognizer.Read(Rectifier.Rectify(picture, new PlaneSurface(place.Quad)));

        Assert.Equal(text, reading.Text);
        Assert.InRange(place.Quad.TopLeft.X, 100, 125);
        Assert.InRange(reading.Confidence!.Value, 0.8, 1);
    }

    [Fact]
    public void Changed_and_missing_models_are_refused()
    {
        var folder = Directory.CreateTempSubdirectory("gesso-test-");
        try
        {
            var models = new OcrModels([folder.FullName]);
            Assert.Contains(OcrModels.Command, Assert.Throws<GessoException>(() => models.PathOf(OcrModels.Detector)).Message, StringComparison.Ordinal);
            Assert.Contains(folder.FullName, models.Missing, StringComparison.Ordinal);

            File.WriteAllText(Path.Combine(folder.FullName, OcrModels.Detector.Name), "something else");
            Assert.Equal("ocr_model_changed", Assert.Throws<GessoException>(() => models.PathOf(OcrModels.Detector)).Code);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
