using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Benchmarks.Proofs;

/// <summary>One line as one engine read it.</summary>
/// <param name="Size">Of the em; 0 for a sign.</param>
/// <param name="FloorErrors">Where Pango drew the line at 64 px.</param>
/// <param name="TwinExact">Whether the engine reads Pango's drawing at the line's own size; asked only where ours is lost and the floor is not.</param>
internal sealed record ProofReading(string Engine, int Seed, int Size, int Glyphs, int Errors, bool Exact, int FloorErrors, bool FloorExact, bool? TwinExact)
{
    /// <summary>Wrong in ours, right on the plain plate.</summary>
    public bool IsLost => FloorExact && !Exact;
}

/// <summary>What was found out about a script. Kept in a file between runs, so that a long proof can be run script by script.</summary>
/// <param name="Graphic">Readings of flat lines.</param>
/// <param name="Signs">Readings of signs.</param>
internal sealed record ScriptProof(
    string Script, int Lines, int LayoutHolds, int InkAgrees, double LeastIou, IReadOnlyList<ProofReading> Graphic, IReadOnlyList<ProofReading> Signs, double Seconds, string Version)
{
    private const int Batch = 100;
    private const int MostPictures = 40;

    public static string Folder => Path.Combine(Checkout.Root, "artifacts", "typography");

    /// <summary>Of an earlier run; null: there was none here.</summary>
    public static ScriptProof? Read(ProofScript script) => File.Exists(FileOf(script)) ? JsonSerializer.Deserialize<ScriptProof>(File.ReadAllBytes(FileOf(script))) : null;

    /// <summary>Pictures of what failed, and a list of them, go into a folder beside the file.</summary>
    /// <param name="lines">Flat lines; a fifth as many signs.</param>
    public static ScriptProof Run(ProofScript script, int lines, FontLibrary fonts, OcrEngines engines, string version)
    {
        var watch = Stopwatch.StartNew();
        var renderer = new TextRenderer(fonts);
        var han = script.HanFace(fonts);
        var readers = script.Readers(engines);
        string pictures = Path.Combine(Folder, script.Name);
        if (Directory.Exists(pictures))
            Directory.Delete(pictures, recursive: true);
        Directory.CreateDirectory(pictures);
        var failures = new StringBuilder();
        List<ProofReading> graphic = [], signs = [];
        int layoutHolds = 0, inkAgrees = 0;
        double leastIou = 1;
        for (int from = 0; from < lines; from += Batch)
        {
            Console.Error.WriteLine($"  {script.Name}: {from} of {lines}, {watch.Elapsed.TotalSeconds:0} s");
            List<OcrLine> flat = [], scenes = [];
            List<ProofLine> made = [], signed = [];
            for (int seed = from; seed < Math.Min(from + Batch, lines); seed++)
            {
                var line = new ProofLine(renderer, script, seed, han);
                made.Add(line);
                layoutHolds += line.Problems.Count == 0 ? 1 : 0;
                if (line.Problems.Count > 0)
                    Fail("layout", line, string.Join("; ", line.Problems), line.Picture);
                double iou = line.Oracle(renderer).Iou;
                leastIou = Math.Min(leastIou, iou);
                inkAgrees += iou >= OracleCheck.LeastIou ? 1 : 0;
                if (iou < OracleCheck.LeastIou)
                {
                    Fail("ink", line, $"{iou:0.0000}", line.Ours(renderer));
                    Save($"ink-{seed}-pango", line.Theirs());
                }
                var floor = line.Floor();
                flat.Add(new OcrLine(line.Text, script.Script, line.Picture, LineSurface.Flat, floor));
                if (seed % 5 == 0 && ProofSign.Make(renderer, line) is { } sign)
                {
                    signed.Add(line);
                    scenes.Add(new OcrLine(line.Text, script.Script, sign, LineSurface.Scene, floor));
                }
            }
            foreach (var reader in readers)
            {
                graphic.AddRange(ReadBack("lost", reader, made, flat, line => line.Size));
                signs.AddRange(ReadBack("sign", reader, signed, scenes, _ => 0));
            }
        }
        File.WriteAllText(Path.Combine(pictures, "failures.tsv"), failures.ToString());
        var proof = new ScriptProof(script.Name, lines, layoutHolds, inkAgrees, leastIou, graphic, signs, watch.Elapsed.TotalSeconds, version);
        File.WriteAllBytes(FileOf(script), JsonSerializer.SerializeToUtf8Bytes(proof));
        return proof;

        IEnumerable<ProofReading> ReadBack(string what, ILineReader reader, List<ProofLine> made, List<OcrLine> asked, Func<ProofLine, int> size)
        {
            var verification = new OcrVerification(_ => reader);
            var results = verification.Run(asked).Lines;
            int[] lost = [.. Enumerable.Range(0, made.Count).Where(i => !results[i].Score.Exact && !results[i].IsBeyondEngine)];
            var twins = verification.Run([.. lost.Select(i => new OcrLine(made[i].Text, script.Script, made[i].Twin(), LineSurface.Flat))]).Lines;
            for (int k = 0; k < lost.Length; k++)
            {
                var score = results[lost[k]].Score;
                Fail(what, made[lost[k]], $"{reader.Name}\t{score.Expected}\t{score.Read}\t{(twins[k].Score.Exact ? "Pango's is read" : twins[k].Score.Read)}", asked[lost[k]].Crop);
            }
            for (int i = 0; i < made.Count; i++)
            {
                var (score, floor) = (results[i].Score, results[i].Floor!);
                int at = Array.IndexOf(lost, i);
                yield return new ProofReading(
                    reader.Name, made[i].Seed, size(made[i]), score.Glyphs, score.Errors, score.Exact, floor.Errors, floor.Exact, at < 0 ? null : twins[at].Score.Exact);
            }
        }

        void Fail(string what, ProofLine line, string detail, RasterImage picture)
        {
            failures.Append($"{what}\t{line.Seed}\t{line.Size}\t{line.Text}\t{detail}\n");
            Save($"{what}-{line.Seed}", picture);
        }

        void Save(string name, RasterImage picture)
        {
            if (Directory.EnumerateFiles(pictures).Count(f => Path.GetFileName(f).StartsWith(name.Split('-')[0], StringComparison.Ordinal)) < MostPictures)
                File.WriteAllBytes(Path.Combine(pictures, name + ".png"), ImageFiles.EncodePng(TextRenderer.Colored(picture)));
        }
    }

    private static string FileOf(ProofScript script) => Path.Combine(Folder, script.Name + ".json");
}
