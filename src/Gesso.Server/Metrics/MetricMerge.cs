using Gesso.Platform.Metering;

namespace Gesso.Server.Metrics;

/// <summary>Puts the metrics of several processes together: one family a name, its series told apart by the label <c>process</c>.</summary>
internal static class MetricMerge
{
    private const string Label = "process";

    public static IEnumerable<MetricSnapshot> Of(IEnumerable<(string Process, IReadOnlyList<MetricSnapshot> Metrics)> sources)
    {
        SortedDictionary<string, (MetricSnapshot Shape, List<MetricPoint> Points)> families = new(StringComparer.Ordinal);
        foreach (var (process, metrics) in sources)
        {
            foreach (var metric in metrics)
            {
                if (!families.TryGetValue(metric.Name, out var family))
                    families[metric.Name] = family = (metric, []);
                // a worker of another version may count differently under the same name: leave it out rather than mix
                if (family.Shape.Kind == metric.Kind && family.Shape.Bounds.SequenceEqual(metric.Bounds))
                    family.Points.AddRange(metric.Points.Select(p => p with { Labels = [.. p.Labels, new MetricLabel(Label, process)] }));
            }
        }
        return families.Values.Select(f => f.Shape with { Points = f.Points });
    }
}
