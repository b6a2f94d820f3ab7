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
                "Read: each line as in imaging research §1.4 (tight crop, 48 px, NFKC, no marks of direction, no spaces in Han and Thai), once. Floor: what the same engine reads of the "
                + "same line drawn by Pango, dark on light at 64 px; a line that it cannot read there says nothing about us, so the targets are for the lines that it can. Lost: read "
                + "there and not in ours; \"Pango's too\": of these, lost as well where Pango draws the line flat, dark on light, at its own size. The targets look at each script's first "
                + "engine, the lowest script counts. Pictures of what was lost: artifacts/typography/SCRIPT.",
                .. left.Count > 0 ? new[] { $"Not run: {string.Join(", ", left)}." } : [],
            ],
            Tables =
            [
                new ResultTable("Layout and ink", ["script", "lines", "layout holds", "ink agrees", "least agreement", "s a line"],
                    [.. proofs.Select(p => Row(p.Script, $"{p.Lines}", $"{p.LayoutHolds}", $"{p.InkAgrees}", $"{p.LeastIou:0.0000}", $"{p.Seconds / p.Lines:0.00}"))]),
                new ResultTable("Flat lines, read back", Columns("lines"), [.. graphic.Select(g => ReadRow(g.Script, g.Engine, g.Read))]),
                new ResultTable("Exact lines by size, of those that the engine reads on the plain plate", ["script", "engine", .. ProofLine.Sizes.Select(s => $"{s} px")],
                    [.. graphic.Select(g => Row([g.Script, g.Engine, .. ProofLine.Sizes.Select(s => Percent(Lines([.. g.Read.Where(r => r.Size == s && r.FloorExact)])))]))]),
                new ResultTable("Signs, read back", Columns("signs"), [.. signs.Select(g => ReadRow(g.Script, g.Engine, g.Read))]),
            ],
            Targets =
            [
                new Target("lines whose layout holds, share", (double)proofs.Sum(p => p.LayoutHolds) / proofs.Sum(p => p.Lines), 1, TargetDirection.AtLeast),
                new Target("lines whose ink is Pango's, share", (double)proofs.Sum(p => p.InkAgrees) / proofs.Sum(p => p.Lines), 1, TargetDirection.AtLeast),
                Lowest("flat: glyphs", first, g => Glyphs(g).Share, LeastGlyphs),
                Lowest("flat: exact lines", first, g => Lines(g).Share, LeastLines),
                Lowest("signs: glyphs", signs.DistinctBy(g => g.Script), g => Glyphs(g).Share, LeastGlyphsOnSigns),
            ],
            Samples = [],
        };
    }

    private static Target Lowest(string what, IEnumerable<(string Script, string Engine, List<ProofReading> Read)> groups, Func<IReadOnlyList<ProofReading>, double> measure, double least)
    {
        var (script, value) = groups.Select(g => (g.Script, Value: measure([.. g.Read.Where(r => r.FloorExact)]))).MinBy(g => g.Value);
        return new Target($"{what} where the floor allows, lowest: {script}", value, least, TargetDirection.AtLeast);
    }

    private static string[] Columns(string what) =>
        ["script", "engine", what, "glyphs", "floor", "exact", "floor", "where the floor is exact", "glyphs", "(95 % low)", "exact", "(95 % low)", "lost", "Pango's too"];

    private static IReadOnlyList<string> ReadRow(string script, string engine, List<ProofReading> read)
    {
        ProofReading[] fair = [.. read.Where(r => r.FloorExact)];
        Proportion floorGlyphs = new(read.Sum(r => r.Glyphs - r.FloorErrors), read.Sum(r => r.Glyphs)), floorLines = new(fair.Length, read.Count);
        return Row(script, engine, $"{read.Count}", Percent(Glyphs(read)), Percent(floorGlyphs), Percent(Lines(read)), Percent(floorLines),
            $"{fair.Length}", Percent(Glyphs(fair)), $"{Glyphs(fair).Low:P2}", Percent(Lines(fair)), $"{Lines(fair).Low:P2}", $"{fair.Count(r => r.IsLost)}", $"{fair.Count(r => r.TwinExact == false)}");
    }

    private static IReadOnlyList<string> Row(params IReadOnlyList<string> cells) => cells;

    private static Proportion Glyphs(IReadOnlyList<ProofReading> read) => new(read.Sum(r => r.Glyphs - r.Errors), read.Sum(r => r.Glyphs));

    private static Proportion Lines(IReadOnlyList<ProofReading> read) => new(read.Count(r => r.Exact), read.Count);

    private static string Percent(Proportion share) => share.Count == 0 ? "" : $"{share.Share:P2}";
}
