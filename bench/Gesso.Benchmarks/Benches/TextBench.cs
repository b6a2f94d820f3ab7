using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;

namespace Gesso.Benchmarks.Benches;

/// <summary>Text laid into a large picture, beside Pillow's drawing of the same lines.</summary>
internal sealed class TextBench : IBench
{
    private const int Side = 4096;
    private const double MostMilliseconds = 300;
    private const int Sentences = 20;

    private const string Pillow = """
        import sys, time
        from PIL import Image, ImageDraw, ImageFont
        side, repeat, regular, lines = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], [l.split("\t") for l in sys.stdin.read().split("\n") if l]
        fonts = {float(size): ImageFont.truetype(regular, round(float(size))) for size, _, _, _ in lines}
        picture = Image.new("RGB", (side, side), (200, 200, 200))
        for _ in range(repeat + 1):
            start = time.perf_counter()
            draw = ImageDraw.Draw(picture.copy())
            for size, x, y, text in lines:
                draw.text((float(x), float(y)), text, font=fonts[float(size)], fill=(17, 17, 17))
            print((time.perf_counter() - start) * 1000)
        """;

    public string Name => "text";

    public string Question => "How long does it take to lay five layers of text into a 4096x4096 picture, once the fonts are loaded?";

    public BenchResult Run(BenchArguments arguments)
    {
        var picture = new RasterImage(Side, Side, 3, [.. Enumerable.Repeat((byte)200, Side * Side * 3)]);
        var renderer = new TextRenderer(FontLibrary.Default);
        var document = Poster();
        var last = renderer.Render(document, picture);
        var ours = Interleaved.Run("text", arguments.Repeat, new Work("Gesso: layout, shadow, outline, contrast, checks", () => last = renderer.Render(document, picture)))[0];
        var theirs = PillowTimes(last, arguments.Repeat);
        Samples[] samples = theirs is null ? [ours] : [ours, theirs];
        return new BenchResult
        {
            Notes =
            [
                $"A title, a subtitle with a shadow, {Sentences} justified sentences, a price with an outline, a footer; sizes are searched, colours chosen from the picture, everything checked; the picture is copied, not encoded. "
                + (theirs is null ? "Pillow is not installed here." : "Pillow copies the same picture and draws the same lines at the same places and sizes in one font, without layout, effects and checks."),
            ],
            Tables = [new ResultTable("One picture", ["what", "ms", "(min)"], [.. samples.Select(s => (IReadOnlyList<string>)[s.Name, $"{s.Median:0.0}", $"{s.Min:0.0}"])])],
            Targets = [new Target("five layers on 4096x4096, ms", ours.Median, MostMilliseconds, TargetDirection.AtMost)],
            Samples = samples,
        };
    }

    private static TextDocument Poster() => new()
    {
        Layers =
        [
            new TextLayer { Id = "title", Text = "THE ANNUAL REPORT", Role = TextRole.Title, Region = new BoxRegion(200, 200, 3696, 600), Font = new LayerFont([], LayerFont.Bold) },
            new TextLayer
            {
                Id = "subtitle", Text = "Everything that we did in 2026, and why it matters", Role = TextRole.Subtitle, Region = new BoxRegion(200, 900, 3696, 300),
                Effects = [new ShadowEffect(0.03, 0.03, 0.03, InkColor.White)],
            },
            new TextLayer
            {
                Id = "body", Text = string.Join(' ', Enumerable.Repeat("The quick brown fox jumps over the lazy dog.", Sentences)), Region = new BoxRegion(200, 1400, 2400, 1800),
                Size = 72, Align = TextAlign.Justify,
            },
            new TextLayer
            {
                Id = "price", Text = "12,50 €", Role = TextRole.Price, Region = new BoxRegion(2800, 1400, 1096, 600), Color = new InkColor(255, 204, 0),
                Effects = [new StrokeEffect(0.05, new InkColor(64, 32, 0))],
            },
            new TextLayer { Id = "footer", Text = "gesso.example — terms apply", Role = TextRole.Caption, Region = new BoxRegion(200, 3800, 3696, 120), Size = 48 },
        ],
    };

    /// <summary>Null: Python or Pillow is missing.</summary>
    private static Samples? PillowTimes(TextRendering rendering, int repeat)
    {
        using var folder = new TemporaryFolder();
        string font = Path.Combine(folder.Path, "NotoSans-Regular.ttf");
        using (var bundled = typeof(FontLibrary).Assembly.GetManifestResourceStream("fonts/NotoSans-Regular.ttf")!)
        using (var file = File.Create(font))
            bundled.CopyTo(file);
        var lines = rendering.Layers.SelectMany(layer => layer.Lines)
            .Select(line => string.Create(CultureInfo.InvariantCulture, $"{line.Size}\t{line.Corners[0].X}\t{line.Corners[0].Y}\t{line.Text}"));
        var start = new ProcessStartInfo("python3", ["-c", Pillow, $"{Side}", $"{repeat}", font]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var python = Process.Start(start)!;
            python.StandardInput.Write(string.Join('\n', lines));
            python.StandardInput.Close();
            string output = python.StandardOutput.ReadToEnd();
            python.WaitForExit();
            double[] times = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line, CultureInfo.InvariantCulture)).Skip(1)];
            return python.ExitCode == 0 && times.Length > 0 ? new Samples("Pillow: the same lines in one font", times) : null;
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            return null;
        }
    }
}
