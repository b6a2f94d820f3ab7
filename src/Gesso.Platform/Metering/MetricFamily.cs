using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gesso.Platform.Metering;

/// <summary>All series of one instrument's name.</summary>
internal sealed class MetricFamily
{
    /// <summary>Further sets of tags are counted together: a label that was given too many values must not fill the memory.</summary>
    public const int MaxSeries = 2_000;

    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800];
    private static readonly KeyValuePair<string, object?>[] Overflow = [new("overflow", true)];

    private readonly ConcurrentDictionary<TagSet, MetricSeries> _series = new(TagSet.Comparer.Instance);
    private readonly ConcurrentDictionary<TagSet, MetricSeries>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _byTags;
    private readonly double[] _bounds;
    private readonly bool _sets;

    public MetricFamily(Instrument instrument)
    {
        Name = instrument.Name;
        Help = instrument.Description ?? "";
        IsObservable = instrument.IsObservable;
        var type = instrument.GetType().GetGenericTypeDefinition();
        Kind = type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : type == typeof(Histogram<>) ? MetricKind.Histogram
            : MetricKind.Gauge;
        _sets = IsObservable || type == typeof(Gauge<>);
        _bounds = Kind == MetricKind.Histogram ? Bounds(instrument) : [];
        _byTags = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    public string Name { get; }

    public string Help { get; }

    public MetricKind Kind { get; }

    public bool IsObservable { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_byTags.TryGetValue(tags, out var series))
            series = _series.GetOrAdd(new TagSet((_series.Count < MaxSeries ? tags : Overflow).ToArray()), _ => new MetricSeries(_bounds));
        if (Kind == MetricKind.Histogram)
            series.Observe(value);
        else if (_sets)
            series.Set(value);
        else
            series.Add(value);
    }

    /// <summary>Observable instruments tell all their series at each look; those they tell no more are gone.</summary>
    public void Clear() => _series.Clear();

    public MetricSnapshot Read()
    {
        var points = _series.Select(s => s.Value.Read(s.Key.Labels())).OrderBy(p => string.Join('\n', p.Labels), StringComparer.Ordinal);
        return new MetricSnapshot(Name, Kind, Help, _bounds, [.. points]);
    }

    private static double[] Bounds(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } own } => [.. own],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } own } => [.. own],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } own } => [.. own],
        _ => Seconds,
    };
}
