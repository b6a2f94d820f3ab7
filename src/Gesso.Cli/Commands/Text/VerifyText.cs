using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Text;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Cli.Commands.Text;

/// <summary><c>gesso text verify</c>: the text is laid again and compared, and what must hold of it is checked.</summary>
internal static class VerifyText
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static Command Create()
    {
        var picture = new Argument<string>("picture") { Description = "A picture that Gesso laid text into.", HelpName = "PNG" };
        var json = new Option<bool>("--json") { Description = "Print as JSON." };
        var ocr = new Option<bool>("--ocr") { Description = "Also read the text back with Tesseract and PP-OCRv4 (gesso fonts add ocr), and look for text outside of the layers." };
        var command = new Command("verify", "Check the text of a picture: its glyphs, their order and place, contrast. Exit code 2 where something is wrong.") { picture, ocr, json };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            string path = parsed.GetValue(picture)!;
            bool reads = parsed.GetValue(ocr);
            byte[] bytes = ImageFiles.ReadBytes(path);
            var carried = TextPicture.Read(bytes, path);
            var renderer = new TextRenderer(FontLibrary.Default);
            var rendering = renderer.Render(carried.Document, carried.Plate);
            var file = ImageFiles.Decode(bytes, path);
            bool same = Same(rendering.Picture, file, carried.HasRing ? TextRenderer.Colored(carried.Plate) : null);
            var report = reads ? ReadBack(renderer, rendering, file) : new VerificationReport { Layout = rendering.Report };
            if (parsed.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize(reads ? VerificationJson.WithOcr(report, same) : VerificationJson.Of(report, same), Json));
            else
                Print(report, same, reads, output);
            if (!report.Passed || !same)
                return ExitCodes.Invalid;
            return reads && report.Ocr.Lines.Count == 0 && report.NotDone.Count > 0 ? ExitCodes.Unavailable : ExitCodes.Ok;
        });
        return command;
    }

    private static VerificationReport ReadBack(TextRenderer renderer, TextRendering rendering, RasterImage file)
    {
        using var engines = new OcrEngines();
        return new PictureVerification(renderer, engines.For, engines.StrayText).Verify(rendering, file);
    }

    private static void Print(VerificationReport report, bool same, bool reads, TextWriter output)
    {
        foreach (var layer in report.Layout.Layers)
        {
            string contrast = layer.Contrast.Ratio is { } ratio ? $"contrast {ratio:0.0}:1" : "contrast unknown (transparent ground)";
            output.WriteLine($"{layer.Layer}: {layer.Graphemes} characters in {layer.Lines} {(layer.Lines == 1 ? "line" : "lines")} at {layer.Size:0.#} px, {contrast}: {(layer.Problems.Count == 0 ? "good" : "wrong")}");
            foreach (var problem in layer.Problems)
                output.WriteLine($"  {problem.Message}");
        }
        output.WriteLine(same ? "The picture shows exactly this text." : "The picture differs from its text as it is drawn here: other fonts, or another version of Gesso.");
        if (reads)
            PrintReadings(report, output);
    }

    private static void PrintReadings(VerificationReport report, TextWriter output)
    {
        foreach (var group in report.Ocr.Lines.GroupBy(line => (line.Layer, line.Script, line.Engine)))
        {
            var part = new OcrReport([.. group]);
            output.WriteLine(
                $"{group.Key.Layer}, read by {group.Key.Engine}: {Count(part.ExactLines)} lines, {Count(part.Glyphs)} characters; on a plain plate {Count(part.FloorExactLines)} lines, {Count(part.FloorGlyphs)} characters.");
            foreach (var lost in part.Lost)
                output.WriteLine($"  \"{lost.Score.Expected}\" was read as \"{lost.Score.Read}\"");
        }
        foreach (var stray in report.Stray)
            output.WriteLine($"Text that nobody asked for at {stray.Quad}: \"{stray.Reading.Text}\"");
        foreach (string reason in report.NotDone)
            output.WriteLine($"Not done: {reason}");
    }

    private static string Count(Proportion proportion) => $"{proportion.Hits} of {proportion.Count}";

    /// <param name="plate">Given where the surface around the letters was redrawn: then only what the text changes is compared.</param>
    private static bool Same(RasterImage drawn, RasterImage file, RasterImage? plate)
    {
        if (drawn.Size != file.Size)
            return false;
        for (int i = 0, d = 0, f = 0; i < drawn.Size.Pixels; i++, d += drawn.Channels, f += file.Channels)
        {
            if (plate is not null && drawn.Pixels.AsSpan(d, 3).SequenceEqual(plate.Pixels.AsSpan(i * plate.Channels, 3)))
                continue;
            if (!drawn.Pixels.AsSpan(d, 3).SequenceEqual(file.Pixels.AsSpan(f, 3)))
                return false;
            if ((drawn.Channels == 4 ? drawn.Pixels[d + 3] : 255) != (file.Channels == 4 ? file.Pixels[f + 3] : 255))
                return false;
        }
        return true;
    }
}
