using Gesso.Contracts.Errors;
using Gesso.Training.Datasets;

namespace Gesso.Training.Preflight;

/// <summary>All pictures of an order, each decoded once: which can be trained on, and what there is to say of them.</summary>
public sealed record PictureSurvey
{
    /// <summary>Bits of 256 by which nearly equal pictures may differ.</summary>
    private const int NearlyEqual = 6;

    /// <summary>Every file once.</summary>
    public required IReadOnlyList<PictureFacts> Pictures { get; init; }

    /// <summary>Cannot be read.</summary>
    public IEnumerable<PictureFacts> Broken => Pictures.Where(p => p.Problem is not null);

    /// <summary>Copies, each with the first that has the same pixels.</summary>
    public required IReadOnlyList<(PictureFacts Copy, PictureFacts Of)> Copies { get; init; }

    /// <summary>Pictures that look alike without being equal.</summary>
    public required IReadOnlyList<(PictureFacts One, PictureFacts Other)> Alike { get; init; }

    /// <summary>Those that are trained on: readable, each once for every size its folder is trained at.</summary>
    public required IReadOnlyList<PictureFacts> Used { get; init; }

    /// <summary>The folders without what is left out.</summary>
    public required IReadOnlyList<PictureFolder> Folders { get; init; }

    /// <summary><see cref="Used"/> in <see cref="Folders"/>, with sizes: training goes on from here and decodes nothing again to know them.</summary>
    public IReadOnlyList<MeasuredPicture> Measured => [.. Used.Select(p => new MeasuredPicture(p.Picture, p.Size!.Value))];

    /// <summary>Decodes everything, which takes a few milliseconds a picture.</summary>
    /// <param name="folders">From the order.</param>
    /// <param name="progress">Told how many are done, of how many.</param>
    /// <param name="cancellation">Stops between two pictures.</param>
    /// <exception cref="GessoException">No folder, no picture, a caption that is no text.</exception>
    public static PictureSurvey Take(IReadOnlyList<PictureFolder> folders, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folders);
        List<(PictureFolder Folder, IReadOnlyList<TrainingPicture> Pictures)> listed = [.. folders.Select(f => (f, TrainingPicture.In([f])))];
        // one folder may be given at several sizes
        List<TrainingPicture> files = [.. listed.SelectMany(l => l.Pictures).DistinctBy(p => p.Path)];
        var looked = new PictureFacts[files.Count];
        int done = 0;
        Parallel.For(0, files.Count, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            looked[i] = PictureProbe.Probe(files[i]);
            progress?.Invoke(Interlocked.Increment(ref done), files.Count);
        });
        var readable = looked.Where(f => f.Problem is null).ToList();
        List<(PictureFacts, PictureFacts)> copies = [];
        foreach (var equal in readable.GroupBy(f => f.PixelHash))
        {
            var first = equal.First();
            copies.AddRange(equal.Skip(1).Select(copy => (copy, first)));
        }
        var unlike = readable.Except(copies.Select(c => c.Item1)).ToList();
        List<(PictureFacts, PictureFacts)> alike = [];
        for (int i = 0; i < unlike.Count; i++)
            alike.AddRange(unlike.Skip(i + 1).Where(other => unlike[i].DistanceTo(other) <= NearlyEqual).Select(other => (unlike[i], other)));

        var used = unlike.ToDictionary(f => f.Picture.Path, StringComparer.Ordinal);
        List<PictureFolder> kept = [];
        List<PictureFacts> each = [];
        foreach (var (folder, pictures) in listed)
        {
            var left = pictures.Select(p => p.Path).Where(path => !used.ContainsKey(path)).ToHashSet(StringComparer.Ordinal);
            if (left.Count == pictures.Count)
                continue;
            kept.Add(folder with { LeftOut = left });
            each.AddRange(pictures.Where(p => !left.Contains(p.Path)).Select(p => used[p.Path] with { Picture = p with { Folder = kept[^1] } }));
        }
        return new PictureSurvey { Pictures = looked, Copies = copies, Alike = alike, Used = each, Folders = kept };
    }
}
