using Gesso.Typography.Verification.Ocr;
using Gesso.Typography.Verification.Oracle;
using Gesso.Typography.Verification.StrayText;

namespace Gesso.Typography.Verification;

/// <summary>What can be wrong with text in a picture, by what helps against it.</summary>
public enum VerificationFault
{
    /// <summary>A character no font has, a grapheme lost or doubled, a wrong order: nothing in the picture helps.</summary>
    Shaping,

    /// <summary>Clipped, or out of its place.</summary>
    Overflow,

    /// <summary>Texts lie over each other.</summary>
    Overlap,

    LowContrast,

    /// <summary>OCR reads something else, although it reads the same text on a plain plate.</summary>
    Unreadable,

    /// <summary>The drawn ink is not that of the independent renderer.</summary>
    InkDiffers,

    /// <summary>Text that nobody asked for.</summary>
    StrayText,
}

/// <summary>One thing that is wrong.</summary>
public sealed record VerificationFailure(VerificationFault Fault, string Detail);

/// <summary>One layer's ink against the independent renderer's.</summary>
public sealed record OracleCheck(string Layer, InkAgreement Agreement)
{
    /// <summary>At least so much of the ink must be the same (imaging research, §8).</summary>
    public const double LeastIou = 0.98;

    public bool Passed => Agreement.Iou >= LeastIou;
}

/// <summary>
/// All that is known about whether the words came out. The first two parts are arithmetic and hold for every script; OCR is evidence for people, and a line that
/// the engine cannot even read on a plain plate counts for nothing.
/// </summary>
public sealed record VerificationReport
{
    public LayoutReport Layout { get; init; } = new([]);

    public IReadOnlyList<OracleCheck> Oracle { get; init; } = [];

    public OcrReport Ocr { get; init; } = OcrReport.Empty;

    /// <summary>What is left in the picture outside the planned places.</summary>
    public IReadOnlyList<StrayPlace> Stray { get; init; } = [];

    /// <summary>Parts that were not done, and why: an engine that is not installed is no success.</summary>
    public IReadOnlyList<string> NotDone { get; init; } = [];

    public bool Passed => Failures.Count == 0;

    public IReadOnlyList<VerificationFailure> Failures =>
    [
        .. Layout.Layers.SelectMany(layer => layer.Problems.Select(p => new VerificationFailure(FaultOf(p.Rule), $"{layer.Layer}: {p.Message}"))),
        .. Oracle.Where(c => !c.Passed).Select(c => new VerificationFailure(
            VerificationFault.InkDiffers, $"{c.Layer}: {c.Agreement.Iou:0.000} of the ink agrees, expected {OracleCheck.LeastIou}")),
        .. Ocr.Lost.Select(l => new VerificationFailure(VerificationFault.Unreadable, $"{(l.Layer is null ? "" : $"{l.Layer}: ")}\"{l.Score.Expected}\" was read as \"{l.Score.Read}\" by {l.Engine}")),
        .. Stray.Select(s => new VerificationFailure(VerificationFault.StrayText, $"text at {s.Quad}{(s.Reading.Text.Length > 0 ? $" (\"{s.Reading.Text}\")" : "")}")),
    ];

    private static VerificationFault FaultOf(LayoutRule rule) => rule switch
    {
        LayoutRule.Clipping or LayoutRule.Region => VerificationFault.Overflow,
        LayoutRule.Overlap => VerificationFault.Overlap,
        LayoutRule.Contrast => VerificationFault.LowContrast,
        _ => VerificationFault.Shaping,
    };
}
