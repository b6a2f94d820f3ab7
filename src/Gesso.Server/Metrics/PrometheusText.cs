using System.Globalization;
using System.Text;
using Gesso.Platform.Metering;

namespace Gesso.Server.Metrics;

/// <summary>Prometheus' text exposition format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricSnapshot> metrics)
    {
        StringBuilder text = new();
        foreach (var metric in metrics)
        {
            string name = Name(metric.Name);
            if (metric.Help.Length > 0)
                text.Append("# HELP ").Append(name).Append(' ').Append(Escape(metric.Help, quotes: false)).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(metric.Kind.ToString().ToLowerInvariant()).Append('\n');
            foreach (var point in metric.Points)
            {
                if (metric.Kind == MetricKind.Histogram)
                    Histogram(text, name, metric.Bounds, point);
                else
                    Line(text, name, point.Labels, null, point.Value);
            }
        }
        return text.ToString();
    }

    private static void Histogram(StringBuilder text, string name, IReadOnlyList<double> bounds, MetricPoint point)
    {
        long count = 0;
        for (int i = 0; i < point.Buckets.Count; i++)
        {
            count += point.Buckets[i];
            Line(text, name + "_bucket", point.Labels, i < bounds.Count ? bounds[i] : double.PositiveInfinity, count);
        }
        Line(text, name + "_sum", point.Labels, null, point.Value);
        // the sum of the buckets just written: a count read a moment later could disagree with them
        Line(text, name + "_count", point.Labels, null, count);
    }

    private static void Line(StringBuilder text, string name, IReadOnlyList<MetricLabel> labels, double? bound, double value)
    {
        text.Append(name);
        char open = '{';
        foreach (var label in labels)
        {
            text.Append(open).Append(Name(label.Name)).Append("=\"").Append(Escape(label.Value, quotes: true)).Append('"');
            open = ',';
        }
        if (bound is { } le)
        {
            text.Append(open).Append("le=\"").Append(Number(le)).Append('"');
            open = ',';
        }
        if (open == ',')
            text.Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>Letters, digits and underscores, no digit first.</summary>
    private static string Name(string name)
    {
        bool fits = name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
        return fits ? name : "_" + string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
    }

    private static string Escape(string text, bool quotes)
    {
        text = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? text.Replace("\"", "\\\"", StringComparison.Ordinal) : text;
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
