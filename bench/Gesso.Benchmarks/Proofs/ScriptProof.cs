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
/// <param name="Size">Of the em.</param>
/// <param name="FloorErrors">Where Pango drew the line flat, dark on light, at 64 px.</param>
/// <param name="TwinErrors">
/// Where Pango drew it so at this size, a sign's laid onto the same sign: engines misread now and then what they read a moment ago, and this says how often.
/// </param>
/// <param name="Looks">Which reading <paramref name="Errors"/> are of: what is misread is read again.</param>
/// <param name="FloorLooks">The same of <paramref name="FloorErrors"/>.</param>
internal sealed record ProofReading(string Engine, int Seed, int Size, int Glyphs, int Errors, int FloorErrors, int TwinErrors, int Looks, int FloorLooks)
{
    public bool Exact => Errors == 0;

    public bool FloorExact => FloorErrors == 0;

    public bool TwinExact => TwinErrors == 0;

    /// <summary>Read at the first look.</summary>
    public bool ExactAtOnce => Exact && Looks == 1;

    public bool FloorExactAtOnce => FloorExact && FloorLooks == 1;

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
    private const int MostPictures = 80;

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
            List<Case> flat = [], scenes = [];
            for (int seed = from; seed < Math.Min(from + Batch, lines); seed++)
            {
                var line = new ProofLine(renderer, script, seed, han);
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
                flat.Add(CaseOf(line, line.Size, LineSurface.Flat, line.Picture, line.Twin(line.Size), floor));
                if (seed % 5 == 0 && ProofSign.Make(renderer, line) is var (sign, twin, size))
                    scenes.Add(CaseOf(line, size, LineSurface.Scene, sign, twin, floor));
            }
            foreach (var reader in readers)
            {
                graphic.AddRange(ReadBack("lost", reader, flat));
                signs.AddRange(ReadBack("sign", reader, scenes));
            }
        }
        File.WriteAllText(Path.Combine(pictures, "failures.tsv"), failures.ToString());
        var proof = new ScriptProof(script.Name, lines, layoutHolds, inkAgrees, leastIou, graphic, signs, watch.Elapsed.TotalSeconds, version);
        File.WriteAllBytes(FileOf(script), JsonSerializer.SerializeToUtf8Bytes(proof));
        return proof;

        Case CaseOf(ProofLine line, int size, LineSurface surface, RasterImage ours, RasterImage twin, RasterImage floor) =>
            new(line, size, new OcrLine(line.Text, script.Script, ours, surface, floor), new OcrLine(line.Text, script.Script, twin, surface));

        IEnumerable<ProofReading> ReadBack(string what, ILineReader reader, List<Case> cases)
        {
            var verification = new OcrVerification(_ => reader);
            var results = verification.Run([.. cases.Select(c => c.Ours)]).Lines;
            var twins = verification.Run([.. cases.Select(c => c.Twin)]).Lines;
            for (int i = 0; i < cases.Count; i++)
            {
                var line = cases[i].Line;
                var (score, floor, twin) = (results[i].Score, results[i].Floor!, twins[i].Score);
                var reading = new ProofReading(reader.Name, line.Seed, cases[i].Size, score.Glyphs, score.Errors, floor.Errors, twin.Errors, score.Looks, floor.Looks);
                if (reading.IsLost)
                {
                    Fail(what, line, $"{reader.Name}\t{score.Expected}\t{score.Read}\t{(twin.Exact ? "Pango's is read" : twin.Read)}", cases[i].Ours.Crop);
                    Save($"{what}-{line.Seed}-pango", cases[i].Twin.Crop);
                }
                yield return reading;
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

    /// <summary>What an engine is asked to read.</summary>
    /// <param name="Size">Of the em in <paramref name="Ours"/>.</param>
    /// <param name="Twin">Pango's drawing of that size.</param>
    private sealed record Case(ProofLine Line, int Size, OcrLine Ours, OcrLine Twin);

    private static string FileOf(ProofScript script) => Path.Combine(Folder, script.Name + ".json");
}
