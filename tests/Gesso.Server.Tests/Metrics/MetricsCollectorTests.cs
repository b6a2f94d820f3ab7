using System.Diagnostics.Metrics;
using Gesso.Platform.Metering;
using Gesso.Server.Metrics;

namespace Gesso.Server.Tests.Metrics;

public sealed class MetricsCollectorTests : IDisposable
{
    private readonly object _scope = new();
    private readonly Meter _meter;
    private readonly MetricsCollector _collector;

    public MetricsCollectorTests()
    {
        _meter = new Meter(new MeterOptions("Gesso.Test") { Scope = _scope });
        _collector = new MetricsCollector(_scope);
    }

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counters_add_up_by_their_tags()
    {
        var counter = _meter.CreateCounter<long>("test_total", description: "Things.");
        counter.Add(2, new KeyValuePair<string, object?>("model", "a"));
        counter.Add(3, new KeyValuePair<string, object?>("model", "a"));
        counter.Add(5, new KeyValuePair<string, object?>("model", "b"));

        var text = Read();

        Assert.Equal("counter", text.Types["test_total"]);
        Assert.Equal(5, text.Value("test_total", ("model", "a")));
        Assert.Equal(5, text.Value("test_total", ("model", "b")));
    }

    [Fact]
    public void Gauges_hold_the_last_value_and_up_down_counters_their_sum()
    {
        var gauge = _meter.CreateGauge<int>("test_level");
        var active = _meter.CreateUpDownCounter<int>("test_active");
        gauge.Record(7);
        gauge.Record(3);
        active.Add(2);
        active.Add(-1);

        var text = Read();

        Assert.Equal(3, text.Value("test_level"));
        Assert.Equal(1, text.Value("test_active"));
        Assert.Equal("gauge", text.Types["test_active"]);
    }

    [Fact]
    public void Observable_series_that_are_told_no_more_disappear()
    {
        List<Measurement<double>> told = [new(1, new KeyValuePair<string, object?>("state", "ready")), new(2, new KeyValuePair<string, object?>("state", "gone"))];
        _meter.CreateObservableGauge("test_workers", () => told);
        var before = Read();

        told.RemoveAt(1);
        var after = Read();

        Assert.Equal(2, before.Samples.Count(s => s.Name == "test_workers"));
        Assert.Equal("ready", Assert.Single(after.Samples, s => s.Name == "test_workers").Labels["state"]);
    }

    [Fact]
    public void A_gauge_that_throws_takes_no_other_with_it()
    {
        _meter.CreateObservableGauge("test_broken", new Func<int>(() => throw new InvalidOperationException()));
        _meter.CreateObservableGauge("test_whole", () => 4);

        Assert.Equal(4, Read().Value("test_whole"));
    }

    [Fact]
    public void Histograms_count_values_at_most_as_large_as_their_bounds()
    {
        var histogram = _meter.CreateHistogram("test_seconds", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 10] });
        foreach (double value in new[] { 0.5, 1, 1.5, 10, 11 })
            histogram.Record(value);

        var text = Read();

        Assert.Equal(2, text.Value("test_seconds_bucket", ("le", "1")));
        Assert.Equal(4, text.Value("test_seconds_bucket", ("le", "10")));
        Assert.Equal(5, text.Value("test_seconds_bucket", ("le", "+Inf")));
        Assert.Equal(24, text.Value("test_seconds_sum"));
        Assert.Equal(5, text.Value("test_seconds_count"));
    }

    [Fact]
    public void Labels_and_help_survive_whatever_stands_in_them()
    {
        const string Odd = "back\\slash \"quote\" line\nfeed ümläut";
        _meter.CreateCounter<int>("test_odd_total", description: Odd).Add(1, new KeyValuePair<string, object?>("model", Odd));

        var sample = Assert.Single(Read().Samples, s => s.Name == "test_odd_total");

        Assert.Equal(Odd, sample.Labels["model"]);
    }

    [Fact]
    public void Too_many_sets_of_tags_are_counted_together()
    {
        var counter = _meter.CreateCounter<int>("test_many_total");
        for (int i = 0; i < 3000; i++)
            counter.Add(1, new KeyValuePair<string, object?>("id", i));

        var text = Read();

        Assert.InRange(text.Samples.Count(s => s.Name == "test_many_total"), 2, 2100);
        Assert.Equal(3000, text.Value("test_many_total"));
        Assert.True(text.Value("test_many_total", ("overflow", "true")) > 800);
    }

    [Fact]
    public void Nothing_is_lost_when_many_threads_count()
    {
        var counter = _meter.CreateCounter<double>("test_threads_total");
        var histogram = _meter.CreateHistogram<double>("test_threads_seconds");

        Parallel.For(0, 40_000, i =>
        {
            counter.Add(1, new KeyValuePair<string, object?>("part", i % 4));
            histogram.Record(i % 7);
        });

        var text = Read();
        Assert.Equal(40_000, text.Value("test_threads_total"));
        Assert.Equal(40_000, text.Value("test_threads_seconds_count"));
        Assert.Equal(Enumerable.Range(0, 40_000).Sum(i => (double)(i % 7)), text.Value("test_threads_seconds_sum"));
    }

    [Fact]
    public void Meters_of_another_host_and_of_other_libraries_are_left_out()
    {
        using Meter other = new(new MeterOptions("Gesso.Test") { Scope = new object() });
        using Meter foreign = new("Elsewhere");
        other.CreateCounter<int>("test_other_total").Add(1);
        foreign.CreateCounter<int>("test_foreign_total").Add(1);

        Assert.DoesNotContain(Read().Samples, s => s.Name is "test_other_total" or "test_foreign_total");
    }

    [Fact]
    public void Metrics_of_workers_stand_beside_the_servers_own()
    {
        var counter = _meter.CreateCounter<int>("test_merged_total");
        counter.Add(1);
        var own = _collector.Read();
        MetricSnapshot worker = own.Single(m => m.Name == "test_merged_total") with { Points = [new MetricPoint([], 41, [])] };
        MetricSnapshot stranger = worker with { Kind = MetricKind.Gauge, Points = [new MetricPoint([], 1000, [])] };

        var text = PrometheusParser.Parse(PrometheusText.Write(MetricMerge.Of([("server_a", own), ("worker_b", [worker]), ("worker_c", [stranger])])));

        Assert.Equal(1, text.Value("test_merged_total", ("process", "server_a")));
        Assert.Equal(41, text.Value("test_merged_total", ("process", "worker_b")));
        Assert.Equal(42, text.Value("test_merged_total"));
    }

    private PrometheusParser Read() => PrometheusParser.Parse(PrometheusText.Write(_collector.Read()));
}
