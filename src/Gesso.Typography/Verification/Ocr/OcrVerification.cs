using Gesso.Contracts.Images;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>A line of a picture and what it should say.</summary>
/// <param name="Crop">The line alone, upright.</param>
/// <param name="Plain">The same text drawn on a plain plate, for the engine's floor.</param>
/// <param name="Layer">Whose line it is; null: nobody's.</param>
public sealed record OcrLine(string Text, OcrScript Script, RasterImage Crop, LineSurface Surface, RasterImage? Plain = null, string? Layer = null);

/// <summary>Reads lines back and compares.</summary>
/// <param name="reader">The engine of a script.</param>
public sealed class OcrVerification(Func<OcrScript, ILineReader> reader)
{
    /// <summary>
    /// Heights tried in turn on lines that are not read as they should be: engines misread or lose a line at one height and read it at the next. Text that is wrong
    /// is not read right by chance, so the best reading counts.
    /// </summary>
    private static readonly int[] Heights = [LinePreparation.UsualHeight, 64];

    public OcrReport Run(IReadOnlyList<OcrLine> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var results = new OcrLineResult[lines.Count];
        foreach (var group in Enumerable.Range(0, lines.Count).GroupBy(i => lines[i].Script))
        {
            var engine = reader(group.Key);
            int[] members = [.. group];
            var scores = Read(engine, group.Key, [.. members.Select(i => (lines[i].Text, lines[i].Crop, lines[i].Surface))]);
            int[] floored = [.. members.Where(i => lines[i].Plain is not null)];
            var floors = Read(engine, group.Key, [.. floored.Select(i => (lines[i].Text, lines[i].Plain!, LineSurface.Flat))]);
            for (int k = 0; k < members.Length; k++)
            {
                int floor = Array.IndexOf(floored, members[k]);
                results[members[k]] = new OcrLineResult(group.Key, scores[k], floor < 0 ? null : floors[floor], engine.Name, lines[members[k]].Layer);
            }
        }
        return new OcrReport(results);
    }

    private static LineScore[] Read(ILineReader engine, OcrScript script, IReadOnlyList<(string Text, RasterImage Crop, LineSurface Surface)> lines)
    {
        LineScore[] best = [.. lines.Select(line => TextComparison.Score(line.Text, new LineReading(""), script))];
        for (int look = 0; look < Heights.Length; look++)
        {
            List<int> asked = [];
            List<RasterImage> prepared = [];
            for (int i = 0; i < lines.Count; i++)
            {
                if (!best[i].Exact && LinePreparation.Prepare(lines[i].Crop, lines[i].Surface, Heights[look]) is { } page)
                {
                    asked.Add(i);
                    prepared.Add(page);
                }
            }
            if (asked.Count == 0)
                break;
            var read = engine.Read(prepared);
            for (int k = 0; k < asked.Count; k++)
            {
                var score = TextComparison.Score(lines[asked[k]].Text, read[k], script) with { Looks = look + 1 };
                if (look == 0 || score.Errors < best[asked[k]].Errors)
                    best[asked[k]] = score;
            }
        }
        return best;
    }
}
