using Gesso.Contracts.Images;

namespace Gesso.Training.Datasets;

/// <summary>One showing of a picture.</summary>
/// <param name="Picture">Index into the pictures.</param>
/// <param name="Repeat">0-based, within the epoch.</param>
public readonly record struct Showing(int Picture, int Repeat);

/// <summary>
/// What is shown when: a function of seed and epoch, so a place in the run is one number. Pictures of one batch have one size; what is left over of a size makes a
/// short batch; regularisation pictures are repeated until there are as many showings of them as of the others (kohya's arithmetic).
/// </summary>
/// <param name="sizes">The bucket of every picture.</param>
/// <param name="repeats">Showings of every picture an epoch.</param>
/// <param name="regularisation">Which pictures are.</param>
/// <param name="batchSize">Pictures a batch.</param>
/// <param name="randomness">Of the run.</param>
public sealed class EpochOrder(
    IReadOnlyList<ImageSize> sizes, IReadOnlyList<int> repeats, IReadOnlyList<bool> regularisation, int batchSize, Randomness randomness)
{
    private int _epoch = -1;
    private Showing[][] _batches = [];

    private readonly Showing[] _showings = [.. Showings(repeats, regularisation)];

    /// <summary>Batches of every epoch.</summary>
    public int BatchesPerEpoch { get; } = Showings(repeats, regularisation).GroupBy(s => sizes[s.Picture]).Sum(g => (g.Count() + batchSize - 1) / batchSize);

    /// <summary>The batch at a place of the run.</summary>
    /// <param name="place">0-based, over all epochs.</param>
    public IReadOnlyList<Showing> At(long place)
    {
        int epoch = (int)(place / BatchesPerEpoch);
        if (epoch != _epoch)
        {
            _batches = Randomness.Shuffled(randomness.For("batches", epoch), Randomness.Shuffled(randomness.For("order", epoch), _showings)
                .GroupBy(s => sizes[s.Picture])
                .OrderBy(g => g.Key.Width).ThenBy(g => g.Key.Height)
                .SelectMany(g => g.Chunk(batchSize)));
            _epoch = epoch;
        }
        return _batches[place % BatchesPerEpoch];
    }

    private static List<Showing> Showings(IReadOnlyList<int> repeats, IReadOnlyList<bool> regularisation)
    {
        List<Showing> shown = [];
        for (int i = 0; i < repeats.Count; i++)
        {
            if (!regularisation[i])
                shown.AddRange(Enumerable.Range(0, repeats[i]).Select(r => new Showing(i, r)));
        }
        int wanted = shown.Count;
        int[] kept = [.. Enumerable.Range(0, repeats.Count).Where(i => regularisation[i])];
        for (int i = 0; kept.Length > 0 && i < wanted; i++)
            shown.Add(new Showing(kept[i % kept.Length], i / kept.Length));
        return shown;
    }
}
