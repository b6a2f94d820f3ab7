using System.Reflection;
using Gesso.Platform.Metering;
using Gesso.Server.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gesso.Server.Telemetry;

/// <summary>Sends the traces and metrics of a process to the collector that the configuration names: the same sources for servers and workers.</summary>
public static class OtlpExport
{
    private const int GrpcPort = 4317;

    /// <summary>For a process without a host, such as a worker.</summary>
    /// <param name="options">Names the collector.</param>
    /// <param name="service">How the process is called there.</param>
    /// <param name="instance">Which of them.</param>
    /// <returns>To be disposed at the end, which sends what is left; null: no collector is named.</returns>
    public static IDisposable? Start(ServerOptions options, string service, string instance)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Telemetry.Otlp is not { } otlp)
            return null;
        var resource = ResourceBuilder.CreateDefault().AddService(service, serviceVersion: Version, serviceInstanceId: instance);
        return new Providers(
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSources(new Uri(otlp)).Build(),
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeters(new Uri(otlp)).Build());
    }

    internal static string Version => typeof(OtlpExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    internal static TracerProviderBuilder AddSources(this TracerProviderBuilder traces, Uri collector) => traces
        .AddSource("Microsoft.AspNetCore")
        .AddSource(MetricsCollector.MeterPrefix + "*")
        .AddOtlpExporter(exporter => Configure(exporter, collector, "v1/traces"));

    internal static MeterProviderBuilder AddMeters(this MeterProviderBuilder metrics, Uri collector) => metrics
        .AddMeter(MetricsCollector.MeterPrefix + "*")
        .AddOtlpExporter(exporter => Configure(exporter, collector, "v1/metrics"));

    /// <summary>gRPC at its usual port, else HTTP with the path of the signal, as collectors listen.</summary>
    private static void Configure(OtlpExporterOptions exporter, Uri collector, string path)
    {
        bool grpc = collector.Port == GrpcPort;
        exporter.Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = grpc || collector.AbsolutePath.Length > 1 ? collector : new Uri(collector, path);
    }

    private sealed class Providers(TracerProvider traces, MeterProvider metrics) : IDisposable
    {
        public void Dispose()
        {
            traces.Dispose();
            metrics.Dispose();
        }
    }
}
