using Gesso.Server.Hosting;
using OpenTelemetry.Resources;

namespace Gesso.Server.Telemetry;

/// <summary>Request ids, the access log, and OpenTelemetry where the configuration names a collector.</summary>
internal static class TelemetrySetup
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton<PromptLog>();
        if (options.Telemetry.Otlp is not { } otlp)
            return services;
        Uri collector = new(otlp);
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("gesso-server", serviceVersion: OtlpExport.Version))
            .WithTracing(traces => traces.AddSources(collector))
            .WithMetrics(metrics => metrics.AddMeters(collector));
        return services;
    }

    /// <summary>Outermost, so that ids, log lines and spans cover whatever is answered further in.</summary>
    public static WebApplication UseTelemetry(this WebApplication app)
    {
        app.UseMiddleware<RequestIdentity>();
        if (app.Services.GetRequiredService<ServerOptions>().Telemetry.Otlp is not null)
            app.UseMiddleware<RequestSpan>();
        app.UseMiddleware<AccessLog>();
        return app;
    }
}
