using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Typography.Tests.Verification.Ocr;

public sealed class OcrVerificationTests
{
    [Theory]
    [InlineData("", "tall", 0, 2)]
    [InlineData("ta11", "tall", 0, 2)]
    [InlineData("tal", "xyzw", 1, 1)]
    public void What_is_not_the_text_is_read_at_another_height_and_the_best_counts(string small, string large, int errors, int look)
    {
        var reader = new TwoHeightsReader(small, large);

        var report = new OcrVerification(_ => reader).Run([new OcrLine("tall", OcrScript.Latin, InkOn(Drawing.Plain(200, 40, 240)), LineSurface.Flat)]);

        Assert.Equal([48, 64], reader.Heights);
        var score = Assert.Single(report.Lines).Score;
        Assert.Equal((errors, look), (score.Errors, score.Looks));
    }

    [Fact]
    public void What_is_the_text_is_read_once()
    {
        var reader = new TwoHeightsReader("tall", "other");

        var report = new OcrVerification(_ => reader).Run([new OcrLine("tall", OcrScript.Latin, InkOn(Drawing.Plain(200, 40, 240)), LineSurface.Flat)]);

        Assert.Equal([48], reader.Heights);
        Assert.Equal(new Proportion(1, 1), report.ExactLines);
    }

    [Fact]
    public void A_line_the_engine_cannot_read_on_a_plain_plate_is_not_lost()
    {
        var plate = InkOn(Drawing.Plain(200, 40, 240));
        var verification = new OcrVerification(_ => new SayingReader("wrong"));

        var report = verification.Run([new OcrLine("right", OcrScript.Latin, plate, LineSurface.Flat, plate), new OcrLine("right", OcrScript.Latin, plate, LineSurface.Flat)]);

        Assert.Equal([true, false], report.Lines.Select(l => l.IsBeyondEngine));
        Assert.Same(report.Lines[1], Assert.Single(report.Lost));
        Assert.Equal(new Proportion(0, 1), report.FloorExactLines);
        Assert.Equal(report.Lines.Count, report.ByScript[OcrScript.Latin].Lines.Count);
    }

    [Fact]
    public void A_plate_without_ink_reads_as_nothing()
    {
        var report = new OcrVerification(_ => new SayingReader("anything")).Run([new OcrLine("text", OcrScript.Latin, Drawing.Plain(100, 30, 200), LineSurface.Flat)]);

        Assert.Equal("", Assert.Single(report.Lines).Score.Read);
    }

    [Theory]
    [InlineData(250, 20)]
    [InlineData(10, 230)]
    public void Prepared_lines_are_dark_on_white_and_cropped(byte plate, byte ink)
    {
        var line = Drawing.Of(300, 100, (x, y) => x is >= 100 and < 200 && y is >= 40 and < 60 && x % 10 < 5 ? (ink, ink, ink) : (plate, plate, plate));

        var prepared = LinePreparation.Prepare(line, LineSurface.Flat)!;

        Assert.Equal((1, 48), (prepared.Channels, prepared.Height));
        Assert.InRange(prepared.Width, 190, 200);                                            // 95 + 2 · 2.4 wide, 24.8 high
        Assert.True(prepared.Pixels[0] > 230 && prepared.Pixels.Min() < 30);
    }

    [Theory]
    [InlineData("The quick brown fox 1234", OcrScript.Latin)]
    [InlineData("Crème brûlée, Ærøskøbing", OcrScript.Latin)]
    [InlineData("Привет мир, скидка 50 %", OcrScript.Cyrillic)]
    [InlineData("Καλημέρα κόσμε", OcrScript.Greek)]
    [InlineData("שלום עולם", OcrScript.Hebrew)]
    [InlineData("مرحبا بالعالم", OcrScript.Arabic)]
    [InlineData("नमस्ते दुनिया", OcrScript.Devanagari)]
    [InlineData("สวัสดีชาวโลก", OcrScript.Thai)]
    public void Tesseract_reads_plain_lines(string text, OcrScript script)
    {
        Assert.SkipWhen(TestFonts.For(text) is null, $"no font for {script}");
        using var engines = new OcrEngines();
        Assert.SkipWhen(engines.Missing(script) is not null, engines.Missing(script) ?? "");

        var report = new OcrVerification(engines.For).Run([.. new[] { 16, 24, 40, 64 }.Select(size => new OcrLine(text, script, Drawing.Line(text, size), LineSurface.Flat))]);

        Assert.True(report.Glyphs.Share >= 0.97, string.Join("; ", report.Lines.Select(l => $"{l.Score.Read} ({l.Engine})")));
        Assert.True(report.ExactLines.Hits >= 3, string.Join("; ", report.Lines.Select(l => l.Score.Read)));
    }

    [Fact]
    public void The_best_language_data_there_is_chosen_and_missing_ones_name_their_package()
    {
        Assert.Equal("Latin", TesseractReader.Choose(OcrScript.Latin, ["eng", "Latin", "osd"]));
        Assert.Equal("eng", TesseractReader.Choose(OcrScript.Latin, ["eng", "osd"]));

        var error = Assert.Throws<GessoException>(() => TesseractReader.Choose(OcrScript.Thai, ["eng"]));

        Assert.Equal("tesseract_language_missing", error.Code);
        Assert.Contains("apt-get install tesseract-ocr-tha", error.Message, StringComparison.Ordinal);
    }

    private static RasterImage InkOn(RasterImage plate) => Drawing.Of(plate.Width, plate.Height, (x, y) =>
        x is > 20 and < 180 && y is > 10 and < 30 && x % 12 < 6 ? (20, 20, 20) : (240, 240, 240));

    private sealed class SayingReader(string text) : ILineReader
    {
        public string Name => "says";

        public IReadOnlyList<LineReading> Read(IReadOnlyList<RasterImage> lines) => [.. lines.Select(_ => new LineReading(text))];
    }

    private sealed class TwoHeightsReader(string small, string large) : ILineReader
    {
        public string Name => "two heights";

        public List<int> Heights { get; } = [];

        public IReadOnlyList<LineReading> Read(IReadOnlyList<RasterImage> lines)
        {
            Heights.AddRange(lines.Select(l => l.Height));
            return [.. lines.Select(l => new LineReading(l.Height > 48 ? large : small))];
        }
    }
}
