namespace Gesso.Platform.Metering;

public enum MetricKind
{
    /// <summary>Only rises.</summary>
    Counter,

    Gauge,

    Histogram,
}

public readonly record struct MetricLabel(string Name, string Value);

/// <summary>One series at one moment.</summary>
/// <param name="Labels">Sorted by name.</param>
/// <param name="Value">The value; of a histogram the sum of all observations.</param>
/// <param name="Buckets">Of a histogram: observations at most as large as each bound, not cumulative, the last one without bound; else empty.</param>
public sealed record MetricPoint(IReadOnlyList<MetricLabel> Labels, double Value, IReadOnlyList<long> Buckets);

/// <summary>All series of one name at one moment.</summary>
/// <param name="Name">As Prometheus writes it: <c>gesso_jobs_total</c>.</param>
/// <param name="Kind">How to read the points.</param>
/// <param name="Help">A sentence.</param>
/// <param name="Bounds">Upper bounds of the buckets of a histogram; else empty.</param>
/// <param name="Points">In order of their labels.</param>
public sealed record MetricSnapshot(string Name, MetricKind Kind, string Help, IReadOnlyList<double> Bounds, IReadOnlyList<MetricPoint> Points);
