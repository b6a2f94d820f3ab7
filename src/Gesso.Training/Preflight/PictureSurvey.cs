using Gesso.Contracts.Errors;
using Gesso.Training.Datasets;

namespace Gesso.Training.Preflight;

/// <summary>All pictures of an order, each decoded once: which can be trained on, and what there is to say of them.</summary>
public sealed record PictureSurvey
{
    /// <summary>Bits of 256 by which nearly equal pictures may differ.</summary>
    private const int NearlyEqual = 6;

    public required IReadOnlyList<PictureFacts> Pictures { get; init; }

    /// <summary>Cannot be read.</summary>
    public IEnumerable<PictureFacts> Broken => Pictures.Where(p => p.Problem is not null);

    public IEnumerable<PictureFacts> Readable => Pictures.Where(p => p.Problem is null);

    /// <summary>Copies, each with the first that has the same pixels.</summary>
    public required IReadOnlyList<(PictureFacts Copy, PictureFacts Of)> Copies { get; init; }

    /// <summary>Pictures that look alike without being equal.</summary>
    public required IReadOnlyList<(PictureFacts One, PictureFacts Other)> Alike { get; init; }

    /// <summary>Those that are trained on: readable, each once.</summary>
    public IReadOnlyList<PictureFacts> Used => [.. Readable.Except(Copies.Select(c => c.Copy))];

    /// <summary>The folders without what is left out.</summary>
    public IReadOnlyList<PictureFolder> Folders { get; init; } = [];

    /// <summary>Decodes everything, which takes a few milliseconds a picture.</summary>
    /// <param name="folders">From the order.</param>
    /// <param name="progress">Told how many are done, of how many.</param>
    /// <param name="cancellation">Stops between two pictures.</param>
    /// <exception cref="GessoException">No folder, no picture, a caption that is no text.</exception>
    public static PictureSurvey Take(IReadOnlyList<PictureFolder> folders, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(folders);
        var files = TrainingPicture.In(folders);
        var facts = new PictureFacts[files.Count];
        int done = 0;
        Parallel.For(0, files.Count, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            facts[i] = PictureProbe.Probe(files[i]);
            progress?.Invoke(Interlocked.Increment(ref done), files.Count);
        });
        var readable = facts.Where(f => f.Problem is null).ToList();
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
        var excluded = facts.Where(f => f.Problem is not null).Concat(copies.Select(c => c.Item1)).Select(f => f.Picture.Path).ToHashSet();
        return new PictureSurvey
        {
            Pictures = facts,
            Copies = copies,
            Alike = alike,
            Folders = [.. folders
                .Select(folder => folder with { LeftOut = facts.Where(f => f.Picture.Folder == folder && excluded.Contains(f.Picture.Path)).Select(f => f.Picture.Path).ToHashSet() })
                .Where(folder => facts.Any(f => SameFolder(f.Picture.Folder, folder) && !excluded.Contains(f.Picture.Path)))],
        };
    }

    private static bool SameFolder(PictureFolder a, PictureFolder b) => a.Path == b.Path && a.Regularisation == b.Regularisation;
}
