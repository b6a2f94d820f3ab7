using System.Security.Cryptography;
using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Diffusion.Pipelines;
using Gesso.Training.Datasets;

namespace Gesso.Training.Widening;

/// <summary>
/// Draws other things with the base and redraws them in the style of the pictures, into a folder that anybody can look at. What is there already, of the same pictures and plan, stays:
/// a run that goes on trains on the same bits.
/// </summary>
/// <param name="model">The base; nothing hangs on it.</param>
/// <param name="plan">Of the run.</param>
/// <param name="widening">What is drawn.</param>
public sealed class StyleWidening(FluxModel model, TrainingPlan plan, WideningPlan widening)
{
    private const int Together = 8;
    private const string Recipe = "widening 2";

    /// <summary>Where the pictures go.</summary>
    public string Folder { get; } = Path.Combine(plan.OutputFolder, "widened");

    /// <summary>The drawings as the base made them.</summary>
    private string Drawn => Path.Combine(Folder, "drawn");

    /// <summary>The plan with the new pictures beside the given ones, which are shown more often. A change of look has no left and right: every second showing of a new one is mirrored.</summary>
    public TrainingPlan Widened => plan with
    {
        Pictures = [.. plan.Pictures.Select(p => p.Regularisation ? p : p with { Repeats = p.Repeats * widening.Repeats }), new PictureFolder { Path = Folder, CaptionExtension = ".txt", Flip = true, Made = true, Twins = Drawn }],
    };

    /// <param name="pictures">Of the run, as they were measured.</param>
    /// <param name="cancellation">Stops between two batches; what is drawn is kept.</param>
    /// <exception cref="GessoException">The folder cannot be written; the pictures are not of a style that can be redrawn.</exception>
    public IEnumerable<PreparationStep> Run(IReadOnlyList<MeasuredPicture> pictures, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var given = pictures.Where(p => p.Picture.Folder.IsGiven).ToList();
        string key = Key(given), stamp = Path.Combine(Folder, "widening.key");
        if (!File.Exists(stamp) || File.ReadAllText(stamp) != key)
        {
            if (Directory.Exists(Folder))
                Directory.Delete(Folder, recursive: true);
            Directory.CreateDirectory(Drawn);
            AtomicFile.Write(stamp, Encoding.UTF8.GetBytes(key));
        }
        var style = FlatStyle.Of([.. given.Select(p => Resampler.ToRgb(ImageFiles.Read(p.Picture.Path)))])
            ?? throw GessoException.Bug("not_flat", "A style that cannot be redrawn was to be widened.");
        model.Adapters.Apply([]);
        using FluxPipeline pipeline = new(model);
        int done = 0;
        foreach (int[] batch in Enumerable.Range(0, widening.Count).Chunk(Together))
        {
            int[] missing = [.. batch.Where(i => !File.Exists(NameOf(i) + ".png"))];
            if (missing.Length > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (var (i, drawing) in missing.Zip(Draw(pipeline, missing)))
                {
                    AtomicFile.Write(Path.Combine(Drawn, Path.GetFileName(NameOf(i)) + ".png"), ImageFiles.EncodePng(drawing));
                    AtomicFile.Write(NameOf(i) + ".txt", Encoding.UTF8.GetBytes(CaptionOf(i)));
                    AtomicFile.Write(NameOf(i) + ".png", ImageFiles.EncodePng(style.Redraw(drawing)));
                }
            }
            foreach (int i in batch)
                yield return new PreparationStep(++done, widening.Count, CaptionOf(i), missing.Contains(i));
        }
    }

    private string CaptionOf(int number) => widening.Captions[number % widening.Captions.Count];

    private string NameOf(int number) => Path.Combine(Folder, $"{number:0000}");

    private List<RasterImage> Draw(FluxPipeline pipeline, int[] numbers)
    {
        Randomness randomness = new(plan.Seed);
        var runs = pipeline.StartBatch([.. numbers.Select(i => new RunStart((plan.Validation.Drawing ?? throw GessoException.Bug("no_drawing", "Widening needs a plan to draw by.")) with
        {
            Prompt = CaptionOf(i),
            Prompt2 = CaptionOf(i),
            Seed = new Seed(randomness.For("widening", i) % int.MaxValue),
            Adapters = [],
        }))]);
        try
        {
            while (!runs[0].IsDone)
                FluxBatch.Advance(runs);
            return [.. runs.Select(r => Resampler.ToRgb(r.ToImage()))];
        }
        finally
        {
            foreach (var run in runs)
                run.Dispose();
        }
    }

    /// <summary>Changes when what would be drawn does.</summary>
    private string Key(List<MeasuredPicture> given)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Recipe}\n{model.Fingerprint}\n{plan.Seed.Value}\n{plan.Validation.Drawing?.Size}\n{widening.Drawings}\n{string.Join('\n', widening.Captions)}\n"));
        foreach (var picture in given)
            hash.AppendData(SHA256.HashData(ImageFiles.ReadBytes(picture.Picture.Path)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
