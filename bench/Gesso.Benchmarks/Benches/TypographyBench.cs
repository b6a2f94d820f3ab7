using System.Reflection;
using Gesso.Benchmarks.Proofs;
using Gesso.Benchmarks.Reporting;
using Gesso.Contracts.Errors;
using Gesso.Typography.Fonts;
using Gesso.Typography.Tests.Verification.Oracle;
using Gesso.Typography.Verification;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Benchmarks.Benches;

/// <summary>Text in eleven scripts: laid as it must be, drawn as another renderer draws it, and read back by machines that can be wrong themselves.</summary>
internal sealed class TypographyBench : IBench
{
    private const double LeastGlyphs = 0.995;
    private const double LeastLines = 0.98;
    private const double LeastGlyphsOnSigns = 0.99;

    /// <summary>At one in twenty, one or two of eleven scripts in three measures would miss by luck.</summary>
    private const double LeastChance = 0.01;

    public string Name => "typography";

    public string Question => "Is text right in every script: by its layout, by another renderer's ink, and as engines read it, flat and on signs?";

    public BenchResult Run(BenchArguments arguments)
    {
        if (PangoRenderer.Missing is { } missing)
            throw GessoException.Unavailable("no_pango", missing);
        string version = typeof(TypographyBench).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        Directory.CreateDirectory(ScriptProof.Folder);
        using var engines = new OcrEngines();
        List<ScriptProof> proofs = [];
        List<string> left = [];
        var asked = ProofScript.Named(arguments.Scripts);
        foreach (var script in ProofScript.All)
        {
            var proof = asked.Contains(script) ? ScriptProof.Run(script, arguments.Lines, FontLibrary.Default, engines, version) : ScriptProof.Read(script);
            if (proof is null)
                left.Add(script.Name);
            else
                proofs.Add(proof);
        }
        var graphic = proofs.SelectMany(p => p.Graphic.GroupBy(r => r.Engine).Select(g => (p.Script, Engine: g.Key, Read: g.ToList()))).ToList();
        var signs = proofs.SelectMany(p => p.Signs.GroupBy(r => r.Engine).Select(g => (p.Script, Engine: g.Key, Read: g.ToList()))).ToList();
        var first = graphic.DistinctBy(g => g.Script).ToList();                              // a second opinion is evidence, the first engine is the judge
        return new BenchResult
        {
            Notes =
            [
                "Lines from a seeded generator (CLDR's names of countries, languages, months and money; words chosen to be hard; numbers, prices, dates; Latin among other scripts; rare "
                + "Han), drawn by the renderer at 14 to 120 px, regular and bold, on white, cream and dark. Layout: the invariants of `gesso text verify`. Ink: agreement with Pango's "
                + $"drawing in the same fonts, Σ min / Σ max of the coverage at an em of about 128 px, at least {OracleCheck.LeastIou}; lines with Han, Kana or Hangul name their own "
                + "font for digits too. A fifth of the lines also as signs of 28 px and more: turned, in perspective, in uneven light, grainy, JPEG 85, and seen from the front again.",
                "Read: each line as in imaging research §1.4 (tight crop, 48 px, NFKC, no marks of direction, no spaces in Han and Thai), and again at 64 px "
                + "where that is not the text (\"first look\": the exact lines if nothing were read again, the floor's neither). Floor: what the same engine reads of the "
                + "same line drawn by Pango, dark on light at 64 px; a line that it cannot read there says nothing about us, so the targets are about the lines that it can. Lost: read "
                + "there and not in ours. Engines also lose by chance, so each line is read once more as Pango draws it, unhinted as ours, dark on light, at the very size of ours, and each sign with Pango's "
                + "drawing laid flatly onto the same plate (no softening, the plate's light and grain kept): where even that stays "
                + "under a target, the target cannot be asked of ours, and instead ours may not be read worse than that (sign test over all lines where the two differ, one-sided, "
                + $"p ≥ {LeastChance}; \"ours only\" and \"Pango's only\" are the lines misread in one of the two; all, because lines that were chosen for being read in a drawing of Pango's "
                + "would favour the next of Pango's). The targets look at each script's first engine. Pictures of what was lost: artifacts/typography/SCRIPT.",
                .. left.Count > 0 ? new[] { $"Not run: {string.Join(", ", left)}." } : [],
            ],
            Tables =
            [
                new ResultTable("Layout and ink", ["script", "lines", "layout holds", "ink agrees", "least agreement", "s a line"],
                    [.. proofs.Select(p => Row(p.Script, $"{p.Lines}", $"{p.LayoutHolds}", $"{p.InkAgrees}", $"{p.LeastIou:0.0000}", $"{p.Seconds / p.Lines:0.00}"))]),
                new ResultTable("Flat lines, read back", Columns("lines"), [.. graphic.Select(g => ReadRow(g.Script, g.Engine, g.Read))]),
                new ResultTable("Exact lines by size, of those that the engine reads on the plain plate", ["script", "engine", .. ProofLine.Sizes.Select(s => $"{s} px")],
                    [.. graphic.Select(g => Row([g.Script, g.Engine, .. ProofLine.Sizes.Select(s => Percent(Lines(g.Read.Where(r => r.Size == s && r.FloorExact), Ours)))]))]),
                new ResultTable("Signs, read back", Columns("signs"), [.. signs.Select(g => ReadRow(g.Script, g.Engine, g.Read))]),
            ],
            Targets =
            [
                new Target("lines whose layout holds, share", (double)proofs.Sum(p => p.LayoutHolds) / proofs.Sum(p => p.Lines), 1, TargetDirection.AtLeast),
                new Target("lines whose ink is Pango's, share", (double)proofs.Sum(p => p.InkAgrees) / proofs.Sum(p => p.Lines), 1, TargetDirection.AtLeast),
                .. Reached("flat: glyphs", first, Glyphs, LeastGlyphs),
                .. Reached("flat: exact lines", first, Lines, LeastLines),
                .. Reached("signs: glyphs", [.. signs.DistinctBy(g => g.Script)], Glyphs, LeastGlyphsOnSigns),
            ],
            Samples = [],
        };
    }

    /// <summary>The lowest of the scripts that the engine reads well enough to tell, and the lowest chance of those that it does not.</summary>
    private static IEnumerable<Target> Reached(
        string what, IReadOnlyList<(string Script, string Engine, List<ProofReading> Read)> groups, Func<IEnumerable<ProofReading>, Func<ProofReading, int>, Proportion> measure, double least)
    {
        var fair = groups.Select(g => (g.Script, All: g.Read, Fair: g.Read.Where(r => r.FloorExact).ToList())).Where(g => g.Fair.Count > 0).ToLookup(g => measure(g.Fair, Twin).Share >= least);
        if (fair[true].Any())
        {
            var (script, value) = fair[true].Select(g => (g.Script, Value: measure(g.Fair, Ours).Share)).MinBy(g => g.Value);
            yield return new Target($"{what} where the engine can tell, lowest of {fair[true].Count()}: {script}", value, least, TargetDirection.AtLeast);
        }
        if (fair[false].Any())
        {
            var (script, value) = fair[false].Select(g => (g.Script, Value: Chance(g.All))).MinBy(g => g.Value);
            yield return new Target($"{what} where it cannot, p against Pango's, lowest of {fair[false].Count()}: {script}", value, LeastChance, TargetDirection.AtLeast);
        }
    }

    private static int Ours(ProofReading reading) => reading.Errors;

    private static int Twin(ProofReading reading) => reading.TwinErrors;

    /// <summary>
    /// How likely ours is misread so much more often than Pango's if both were equally legible: sign test, one-sided. Over all lines: those that were chosen because
    /// one drawing of Pango's was read would favour the next of Pango's.
    /// </summary>
    private static double Chance(IReadOnlyList<ProofReading> read)
    {
        int worse = read.Count(r => r.Errors > r.TwinErrors), differ = read.Count(r => r.Errors != r.TwinErrors);
        double sum = 0, term = Math.Pow(0.5, differ);
        for (int k = 0; k <= differ; k++)
        {
            sum += k >= worse ? term : 0;
            term *= (double)(differ - k) / (k + 1);
        }
        return Math.Min(1, sum);
    }

    private static string[] Columns(string what) =>
        ["script", "engine", what, "glyphs", "floor", "exact", "floor", "where the floor is exact", "glyphs", "(95 % low)", "Pango's", "exact", "(95 % low)", "Pango's", "first look", "lost", "of all: ours only", "Pango's only", "p"];

    private static IReadOnlyList<string> ReadRow(string script, string engine, List<ProofReading> read)
    {
        ProofReading[] fair = [.. read.Where(r => r.FloorExact)];
        Proportion floorGlyphs = Glyphs(read, r => r.FloorErrors), floorLines = new(fair.Length, read.Count), glyphs = Glyphs(fair, Ours), lines = Lines(fair, Ours);
        return Row(script, engine, $"{read.Count}", Percent(Glyphs(read, Ours)), Percent(floorGlyphs), Percent(Lines(read, Ours)), Percent(floorLines),
            $"{fair.Length}", Percent(glyphs), $"{glyphs.Low:P2}", Percent(Glyphs(fair, Twin)), Percent(lines), $"{lines.Low:P2}", Percent(Lines(fair, Twin)), Percent(FirstLook(read)), $"{fair.Count(r => r.IsLost)}",
            $"{read.Count(r => !r.Exact && r.TwinExact)}", $"{read.Count(r => r.Exact && !r.TwinExact)}", $"{Chance(read):0.000}");
    }

    private static IReadOnlyList<string> Row(params IReadOnlyList<string> cells) => cells;

    private static Proportion Glyphs(IEnumerable<ProofReading> read, Func<ProofReading, int> errors) => new(read.Sum(r => r.Glyphs - errors(r)), read.Sum(r => r.Glyphs));

    private static Proportion Lines(IEnumerable<ProofReading> read, Func<ProofReading, int> errors) => new(read.Count(r => errors(r) == 0), read.Count());

    /// <summary>What the exact lines where the floor is exact would be if no line were read again.</summary>
    private static Proportion FirstLook(IReadOnlyList<ProofReading> read) => new(read.Count(r => r.FloorExactAtOnce && r.ExactAtOnce), read.Count(r => r.FloorExactAtOnce));

    private static string Percent(Proportion share) => share.Count == 0 ? "" : $"{share.Share:P2}";
}
