using System.Text.Json.Serialization;
using Gesso.Server.Hosting;

namespace Gesso.Server.Health;

/// <summary>
/// Probes, open to anybody. Liveness is answered before everything else and touches nothing: a database that is away must not make an orchestrator restart
/// servers. Readiness asks whether new work should come here.
/// </summary>
internal static class HealthSetup
{
    private static readonly HashSet<string> Alive = new(StringComparer.Ordinal) { "/livez", "/startupz", "/healthz", "/health", "/v2/health/live" };
    private static readonly HashSet<string> Ready = new(StringComparer.Ordinal) { "/readyz", "/v2/health/ready" };

    public static IServiceCollection AddHealth(this IServiceCollection services, ServerOptions options)
    {
        if (options.Telemetry.LivenessUrl is { } url)
        {
            _ = services.AddHostedService(provider => new LivenessThread(
                ListenAddress.Parse(url, TelemetryOptions.LivenessField),
                new PoolPulse(work => ThreadPool.UnsafeQueueUserWorkItem(_ => work(), null), provider.GetRequiredService<TimeProvider>())));
        }
        return services
            .AddSingleton<Drain>()
            .AddSingleton<Readiness>()
            .AddHostedService<DrainService>()
            .Configure<HostOptions>(host => host.ShutdownTimeout = DrainService.ShutdownTimeout(options));
    }

    public static bool IsLiveness(string path) => Alive.Contains(path);

    public static bool IsProbe(PathString path) => path.Value is { } value && (Alive.Contains(value) || Ready.Contains(value));

    public static WebApplication UseHealth(this WebApplication app)
    {
        var readiness = app.Services.GetRequiredService<Readiness>();
        app.Use((context, next) =>
        {
            bool asks = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
            if (!asks || context.Request.Path.Value is not { } path)
                return next(context);
            if (Alive.Contains(path))
                return context.Response.WriteAsync("ok");
            return Ready.Contains(path) ? ReadyAsync(context, readiness) : next(context);
        });
        return app;
    }

    private static async Task ReadyAsync(HttpContext context, Readiness readiness)
    {
        var report = await readiness.LookAsync(context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = report.Reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await context.Response.WriteAsJsonAsync(report, HealthJson.Default.ReadinessReport, cancellationToken: context.RequestAborted).ConfigureAwait(false);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReadinessReport))]
internal sealed partial class HealthJson : JsonSerializerContext;
