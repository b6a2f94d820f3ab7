using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Rendering;
using Gesso.Typography.Scene;
using Gesso.Typography.Verification.Ocr;
using Gesso.Typography.Verification.StrayText;

namespace Gesso.Typography.Verification;

/// <summary>
/// Reads a finished picture back: every line of every layer, the same words on a plain plate by the same engine (the floor), and what else looks like text. Parts
/// that no engine of this machine can do are told in <see cref="VerificationReport.NotDone"/>.
/// </summary>
/// <param name="renderer">Draws the plain lines.</param>
/// <param name="reader">The engine of a script (<see cref="OcrEngines.For"/>); it throws where there is none.</param>
/// <param name="scan">Looks outside of the layers (<see cref="OcrEngines.StrayText"/>); it throws where it cannot.</param>
public sealed class PictureVerification(TextRenderer renderer, Func<OcrScript, ILineReader> reader, Func<StrayTextScan> scan)
{
    /// <param name="rendering">The picture's document, laid again.</param>
    /// <param name="picture">As the file shows it.</param>
    public VerificationReport Verify(TextRendering rendering, RasterImage picture)
    {
        ArgumentNullException.ThrowIfNull(rendering);
        ArgumentNullException.ThrowIfNull(picture);
        var seen = Opaque(picture, rendering.Layers);
        var cuts = new LineCuts(renderer);
        List<string> notDone = [];
        List<OcrLine> lines = [];
        foreach (var layer in rendering.Layers)
        {
            if (Unreadable(layer) is { } reason)
                notDone.Add($"OCR of layer {layer.Layer.Id}: {reason}");
            else
                lines.AddRange(cuts.Of(layer, seen));
        }
        foreach (var script in lines.Select(line => line.Script).Distinct().ToList())
        {
            if (Missing(() => reader(script), out _) is not { } reason)
                continue;
            notDone.Add($"OCR of {script}: {reason}");
            lines.RemoveAll(line => line.Script == script);
        }
        var report = new VerificationReport { Layout = rendering.Report, Ocr = Read(lines), NotDone = notDone };
        if (Missing(scan, out var scanner) is { } missing)
            return report with { NotDone = [.. notDone, $"Search for other text: {missing}"] };
        return report with { Stray = scanner!.Find(seen, [.. rendering.Layers.Select(Planned).OfType<Quad>()]) };
    }

    /// <summary>Evenly lit lines are read as they are; those that are lost so, again with light and grain taken out.</summary>
    private OcrReport Read(List<OcrLine> lines)
    {
        var ocr = new OcrVerification(reader);
        OcrLineResult[] results = [.. ocr.Run(lines).Lines];
        int[] lost = [.. Enumerable.Range(0, results.Length).Where(i => !results[i].Score.Exact && !results[i].IsBeyondEngine)];
        var second = ocr.Run([.. lost.Select(i => lines[i] with { Surface = LineSurface.Scene })]).Lines;
        for (int k = 0; k < lost.Length; k++)
        {
            if (second[k].Score.Errors < results[lost[k]].Score.Errors || second[k].Score.Exact)
                results[lost[k]] = second[k];
        }
        return new OcrReport(results);
    }

    private static string? Unreadable(RenderedLayer layer) => layer switch
    {
        { Layout.Size: < TextLimits.SmallestSize } => $"at {layer.Layout.Size:0.#} px nobody reads it.",
        _ => null,
    };

    private static string? Missing<T>(Func<T> open, out T? opened)
    {
        try
        {
            opened = open();
            return null;
        }
        catch (GessoException e) when (e.Kind == ErrorKind.Unavailable)
        {
            opened = default;
            return e.Message;
        }
    }

    /// <summary>Where a layer may show text: its flat region, or the box around its ink.</summary>
    private static Quad? Planned(RenderedLayer layer) => LayerSurface.Of(layer.Layer.Region) is PlaneSurface plane ? plane.Quad
        : layer.IsEmpty ? null
        : Quad.Box(layer.Left, layer.Top, layer.Width, layer.Height);

    /// <summary>Text on nothing is looked at on the ground it is made for: light under dark letters, dark under light ones.</summary>
    private static RasterImage Opaque(RasterImage picture, IReadOnlyList<RenderedLayer> layers)
    {
        if (picture.Channels != 4)
            return picture;
        int ground = layers.Count == 0 || layers.Average(layer => layer.Color.Luminance) < 0.4 ? 255 : 0;
        byte[] rgb = new byte[picture.Width * picture.Height * 3];
        for (int i = 0; i < rgb.Length; i++)
        {
            int alpha = picture.Pixels[i / 3 * 4 + 3];
            rgb[i] = (byte)((picture.Pixels[i / 3 * 4 + i % 3] * alpha + ground * (255 - alpha) + 127) / 255);
        }
        return new RasterImage(picture.Width, picture.Height, 3, rgb);
    }
}
