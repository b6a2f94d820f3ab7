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
        var command = new Command("verify", "Check the text of a picture: its glyphs, their order and place, contrast. Exit code 2 where something is wrong.") { picture, json };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            string path = parsed.GetValue(picture)!;
            byte[] bytes = ImageFiles.ReadBytes(path);
            var carried = TextPicture.Read(bytes, path);
            var rendering = new TextRenderer(FontLibrary.Default).Render(carried.Document, carried.Plate);
            bool same = Same(rendering.Picture, ImageFiles.Decode(bytes, path));
            if (parsed.GetValue(json))
                output.WriteLine(JsonSerializer.Serialize(new { Passed = rendering.Report.Passed && same, SamePixels = same, rendering.Report.Layers }, Json));
            else
                Print(rendering.Report, same, output);
            return rendering.Report.Passed && same ? ExitCodes.Ok : ExitCodes.Invalid;
        });
        return command;
    }

    private static void Print(LayoutReport report, bool same, TextWriter output)
    {
        foreach (var layer in report.Layers)
        {
            string contrast = layer.Contrast.Ratio is { } ratio ? $"contrast {ratio:0.0}:1" : "contrast unknown (transparent ground)";
            output.WriteLine($"{layer.Layer}: {layer.Graphemes} characters in {layer.Lines} {(layer.Lines == 1 ? "line" : "lines")} at {layer.Size:0.#} px, {contrast}: {(layer.Problems.Count == 0 ? "good" : "wrong")}");
            foreach (var problem in layer.Problems)
                output.WriteLine($"  {problem.Message}");
        }
        output.WriteLine(same ? "The picture shows exactly this text." : "The picture differs from its text as it is drawn here: other fonts, or another version of Gesso.");
    }

    private static bool Same(RasterImage drawn, RasterImage file)
    {
        if (drawn.Size != file.Size)
            return false;
        for (int i = 0, d = 0, f = 0; i < drawn.Size.Pixels; i++, d += drawn.Channels, f += file.Channels)
        {
            if (!drawn.Pixels.AsSpan(d, 3).SequenceEqual(file.Pixels.AsSpan(f, 3)))
                return false;
            if ((drawn.Channels == 4 ? drawn.Pixels[d + 3] : 255) != (file.Channels == 4 ? file.Pixels[f + 3] : 255))
                return false;
        }
        return true;
    }
}
