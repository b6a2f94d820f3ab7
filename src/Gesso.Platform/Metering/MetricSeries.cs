namespace Gesso.Platform.Metering;

/// <summary>The running value of one set of tags; written by many threads without locks.</summary>
/// <param name="bounds">Bounds of the buckets; empty unless a histogram.</param>
internal sealed class MetricSeries(double[] bounds)
{
    private readonly long[] _buckets = bounds.Length == 0 ? [] : new long[bounds.Length + 1];
    private double _value;

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double value)
    {
        double seen = Volatile.Read(ref _value);
        while (true)
        {
            double found = Interlocked.CompareExchange(ref _value, seen + value, seen);
            if (found.Equals(seen))
                return;
            seen = found;
        }
    }

    public void Observe(double value)
    {
        int at = Array.BinarySearch(bounds, value);
        _ = Interlocked.Increment(ref _buckets[at < 0 ? ~at : at]);
        Add(value);
    }

    public MetricPoint Read(IReadOnlyList<MetricLabel> labels)
    {
        long[] buckets = new long[_buckets.Length];
        for (int i = 0; i < buckets.Length; i++)
            buckets[i] = Volatile.Read(ref _buckets[i]);
        return new MetricPoint(labels, Volatile.Read(ref _value), buckets);
    }
}
