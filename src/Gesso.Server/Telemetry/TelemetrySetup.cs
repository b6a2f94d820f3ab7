using System.Reflection;
using Gesso.Platform;
using Gesso.Platform.Metering;
using Gesso.Server.Hosting;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gesso.Server.Telemetry;

/// <summary>Request ids, the access log, and OpenTelemetry where the configuration names a collector.</summary>
internal static class TelemetrySetup
{
    private const int GrpcPort = 4317;

    public static IServiceCollection AddTelemetry(this IServiceCollection services, ServerOptions options)
    {
        if (options.Telemetry.Otlp is not { } otlp)
            return services;
        Uri endpoint = new(otlp);
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("gesso-server", serviceVersion: Version))
            .WithTracing(traces => traces
                .AddSource("Microsoft.AspNetCore")
                .AddSource(MetricsCollector.MeterPrefix + "*")
                .AddOtlpExporter(exporter => Configure(exporter, endpoint, "v1/traces")))
            .WithMetrics(metrics => metrics
                .AddMeter(MetricsCollector.MeterPrefix + "*")
                .AddOtlpExporter(exporter => Configure(exporter, endpoint, "v1/metrics")));
        return services;
    }

    public static WebApplication UseTelemetry(this WebApplication app)
    {
        app.UseMiddleware<RequestIdentity>();
        if (app.Services.GetRequiredService<ServerOptions>().Telemetry.Otlp is not null)
            app.UseMiddleware<RequestSpan>();
        app.UseMiddleware<AccessLog>();
        return app;
    }

    private static string Version => typeof(TelemetrySetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>gRPC at its usual port, else HTTP with the path of the signal, as collectors listen.</summary>
    private static void Configure(OtlpExporterOptions exporter, Uri endpoint, string path)
    {
        bool grpc = endpoint.Port == GrpcPort;
        exporter.Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = grpc || endpoint.AbsolutePath.Length > 1 ? endpoint : new Uri(endpoint, path);
    }
}
