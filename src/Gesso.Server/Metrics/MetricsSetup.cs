using System.Diagnostics.Metrics;
using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Platform.Metering;
using Gesso.Server.Auth;
using Gesso.Server.Maintenance;

namespace Gesso.Server.Metrics;

/// <summary>What this server counts, at /metrics.</summary>
internal static class MetricsSetup
{
    public const string Path = "/metrics";

    public static IServiceCollection AddMetricsPage(this IServiceCollection services) => services
        .AddSingleton(provider => new MetricsCollector(provider.GetRequiredService<IMeterFactory>()))
        .AddSingleton(provider => new ProcessMeter(provider.GetRequiredService<IMeterFactory>().Create(ProcessMeter.MeterName)))
        .AddSingleton<QueueGauges>()
        .AddSingleton<IChore>(provider => provider.GetRequiredService<QueueGauges>())
        .AddSingleton<MetricsPage>();

    /// <summary>Times every request; outermost, so that it sees what the others answer.</summary>
    public static WebApplication UseRequestMeter(this WebApplication app)
    {
        // from here on everything is counted
        _ = app.Services.GetRequiredService<MetricsCollector>();
        _ = app.Services.GetRequiredService<ProcessMeter>();
        app.UseMiddleware<RequestMeter>();
        return app;
    }

    public static WebApplication MapMetrics(this WebApplication app)
    {
        app.MapGet(Path, (HttpContext context, MetricsPage page) => page.WriteAsync(context))
            .RequireRoleUnless(Role.Admin, MetricsAccess.IsFree)
            .ExcludeFromDescription();
        return app;
    }
}

/// <summary>
/// The metrics of this server, and those that workers tell with their heartbeats: they have no address to be scraped at. Each carries the process it comes from
/// in the label <c>process</c>. Several servers show the same workers, so sums start with <c>max by (process, …)</c>.
/// </summary>
internal sealed class MetricsPage(MetricsCollector collector, QueueGauges queue, SortableId ids)
{
    private readonly string _process = "server_" + ids.Next();

    public async Task WriteAsync(HttpContext context)
    {
        string text = PrometheusText.Write(MetricMerge.Of([(_process, collector.Read()), .. queue.LastWorkers.Select(w => (w.Id.Value, w.Metrics))]));
        context.Response.ContentType = PrometheusText.ContentType;
        await context.Response.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }
}
