using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gesso.Platform.Metering;

/// <summary>
/// Listens to every instrument of meters named <c>Gesso.…</c> and keeps their running values, to be looked at now and then. Meters of another host in the same
/// process (they carry that host's <see cref="Meter.Scope"/>) are left to it.
/// </summary>
public sealed class MetricsCollector : IDisposable
{
    public const string MeterPrefix = "Gesso.";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new();
    private readonly Lock _looking = new();

    /// <param name="scope">The scope of this host's meters: its meter factory.</param>
    public MetricsCollector(object? scope = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal) && (instrument.Meter.Scope is null || instrument.Meter.Scope == scope))
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument.Name, static (_, i) => new MetricFamily(i), instrument));
        };
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<decimal>(static (_, value, tags, family) => ((MetricFamily)family!).Record((double)value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<short>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<byte>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Everything as it stands, in order of names.</summary>
    public IReadOnlyList<MetricSnapshot> Read()
    {
        lock (_looking)
        {
            foreach (var family in _families.Values.Where(f => f.IsObservable))
                family.Clear();
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException)
            {
                // a gauge that cannot be read now is absent; the others are there
            }
            return [.. _families.Values.Select(f => f.Read()).Where(s => s.Points.Count > 0).OrderBy(s => s.Name, StringComparer.Ordinal)];
        }
    }

    public void Dispose() => _listener.Dispose();
}
