using Gesso.Platform.Accounts;
using Gesso.Server.Auth;

namespace Gesso.Server.Native;

/// <summary>Gesso's own interface: jobs that are not waited for, their events, pictures, batches, and what the server says of itself.</summary>
internal static class NativeSetup
{
    public static IServiceCollection AddNative(this IServiceCollection services) => services
        .AddSingleton<JobFields>()
        .AddSingleton<JobMapping>()
        .AddSingleton<JobViews>()
        .AddSingleton<JobLookup>()
        .AddSingleton<JobEndpoints>()
        .AddSingleton<JobEventsEndpoint>()
        .AddSingleton<BatchSubmission>()
        .AddSingleton<BatchEndpoints>()
        .AddSingleton<PictureEndpoints>()
        .AddSingleton<UploadEndpoint>()
        .AddSingleton<StatusEndpoints>();

    public static WebApplication MapNative(this WebApplication app)
    {
        MapJobs(app);
        MapPictures(app);
        var status = app.Services.GetRequiredService<StatusEndpoints>();
        var api = app.MapGroup("/api");
        api.MapGet("/models", status.ModelsAsync).RequireRole(Role.Read);
        api.MapGet("/status", status.StatusAsync).RequireRole(Role.Read);
        api.MapGet("/backlog", status.BacklogAsync).RequireRole(Role.Read);
        return app;
    }

    private static void MapJobs(WebApplication app)
    {
        var jobs = app.Services.GetRequiredService<JobEndpoints>();
        var api = app.MapGroup("/api/jobs");
        api.MapPost("", jobs.SubmitAsync).RequireRole(Role.Submit);
        api.MapGet("", jobs.ListAsync).RequireRole(Role.Read);
        api.MapGet("/{id}", jobs.ShowAsync).RequireRole(Role.Read);
        api.MapPost("/{id}/cancel", jobs.CancelAsync).RequireRole(Role.Submit);
        api.MapPost("/{id}/retry", jobs.RetryAsync).RequireRole(Role.Submit);
        api.MapDelete("/{id}", jobs.RemoveAsync).RequireRole(Role.Submit);
        api.MapGet("/{id}/events", app.Services.GetRequiredService<JobEventsEndpoint>().StreamAsync).RequireRole(Role.Read);
        var batches = app.Services.GetRequiredService<BatchEndpoints>();
        app.MapGet("/api/batches/{id}", batches.ShowAsync).RequireRole(Role.Read);
        app.MapGet("/api/batches/{id}/results", batches.ResultsAsync).RequireRole(Role.Read);
    }

    private static void MapPictures(WebApplication app)
    {
        var pictures = app.Services.GetRequiredService<PictureEndpoints>();
        var api = app.MapGroup("/api/pictures");
        api.MapGet("", pictures.ListAsync).RequireRole(Role.Read);
        api.MapGet("/{id}", pictures.ShowAsync).RequireRole(Role.Read);
        api.MapMethods("/{id}/content", ["GET", "HEAD"], pictures.ContentAsync).RequireRoleOrSignedUrl(Role.Read);
        api.MapDelete("/{id}", pictures.RemoveAsync).RequireRole(Role.Submit);
        app.MapPost("/api/uploads", app.Services.GetRequiredService<UploadEndpoint>().StoreAsync).RequireRole(Role.Submit);
    }
}
