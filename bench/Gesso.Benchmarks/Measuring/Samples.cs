namespace Gesso.Benchmarks.Measuring;

/// <summary>The times of one piece of work, in the order of the rounds.</summary>
internal sealed record Samples(string Name, IReadOnlyList<double> Milliseconds)
{
    public double Min => Milliseconds.Min();

    public double Median => MedianOf(Milliseconds);

    /// <summary>This time over the other's, round by round, then the median: neighbours in time share the machine's mood, so its drift cancels.</summary>
    public double RatioTo(Samples other) => MedianOf([.. Milliseconds.Zip(other.Milliseconds, (mine, theirs) => mine / theirs)]);

    /// <summary>The best time over the other's best time: what remains when nothing else runs on the machine.</summary>
    public double MinRatioTo(Samples other) => Min / other.Min;

    private static double MedianOf(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
