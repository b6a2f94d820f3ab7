namespace Gesso.Typography.Verification.Ocr;

/// <summary>A line that was read back.</summary>
/// <param name="Score">In the picture.</param>
/// <param name="Floor">The same text on a plain plate by the same engine; null where none was given.</param>
/// <param name="Engine">Who read both.</param>
/// <param name="Layer">Whose line it is; null: nobody's.</param>
public sealed record OcrLineResult(OcrScript Script, LineScore Score, LineScore? Floor, string Engine, string? Layer = null)
{
    /// <summary>The engine cannot read this text at all, so what it read in the picture says nothing about the picture.</summary>
    public bool IsBeyondEngine => Floor is { Exact: false };
}

/// <summary>What OCR read back, with what it would have read at best beside it.</summary>
public sealed record OcrReport(IReadOnlyList<OcrLineResult> Lines)
{
    public static OcrReport Empty { get; } = new([]);

    public Proportion ExactLines => Count(Lines.Select(l => l.Score));

    public Proportion Glyphs => CountGlyphs(Lines.Select(l => l.Score));

    public Proportion FloorExactLines => Count(Lines.Select(l => l.Floor).OfType<LineScore>());

    public Proportion FloorGlyphs => CountGlyphs(Lines.Select(l => l.Floor).OfType<LineScore>());

    /// <summary>Lines that are wrong in the picture although the engine reads them on a plain plate.</summary>
    public IEnumerable<OcrLineResult> Lost => Lines.Where(l => !l.Score.Exact && !l.IsBeyondEngine);

    /// <summary>The same for each script; scripts are never mixed into one number.</summary>
    public IReadOnlyDictionary<OcrScript, OcrReport> ByScript => Lines.GroupBy(l => l.Script).ToDictionary(g => g.Key, g => new OcrReport([.. g]));

    private static Proportion Count(IEnumerable<LineScore> scores) => scores.Aggregate(default(Proportion), (sum, s) => sum + new Proportion(s.Exact ? 1 : 0, 1));

    private static Proportion CountGlyphs(IEnumerable<LineScore> scores) =>
        scores.Aggregate(default(Proportion), (sum, s) => sum + new Proportion(s.Glyphs - s.Errors, s.Glyphs));
}
