using Gesso.Typography.Verification;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Cli.Commands.Text;

/// <summary>A report in the shape in which <c>gesso text verify --json</c> prints it.</summary>
internal static class VerificationJson
{
    public static object Of(VerificationReport report, bool same) => new { Passed = report.Passed && same, SamePixels = same, report.Layout.Layers };

    /// <summary>With what was read back: each layer's lines, the engine's floor beside each score.</summary>
    public static object WithOcr(VerificationReport report, bool same) => new
    {
        Passed = report.Passed && same,
        SamePixels = same,
        report.Layout.Layers,
        Ocr = report.Ocr.Lines.GroupBy(line => line.Layer).Select(layer => new { Layer = layer.Key, Scripts = layer.GroupBy(line => (line.Script, line.Engine)).Select(Script) }),
        Stray = report.Stray.Select(stray => new { Quad = stray.Quad.Corners, stray.Score, stray.Reading.Text, stray.Reading.Confidence }),
        report.NotDone,
        report.Failures,
    };

    private static object Script(IGrouping<(OcrScript Script, string Engine), OcrLineResult> lines)
    {
        var report = new OcrReport([.. lines]);
        return new
        {
            lines.Key.Script,
            lines.Key.Engine,
            report.ExactLines,
            report.Glyphs,
            report.FloorExactLines,
            report.FloorGlyphs,
            Lines = lines.Select(line => new { line.Score, line.Floor, line.IsBeyondEngine }),
        };
    }
}
