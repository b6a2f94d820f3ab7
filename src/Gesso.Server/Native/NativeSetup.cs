using Gesso.Platform.Accounts;
using Gesso.Server.Auth;
using Gesso.Server.OpenApi;

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
        var api = app.MapGroup("/api").WithTags("Status").RequireRole(Role.Read);
        api.Map("GET", "/models", status.ModelsAsync, "The models there are, with their defaults and limits.").Answers<ModelCatalog>();
        api.Map("GET", "/adapters", status.AdaptersAsync, "The adapters (LoRA) there are, and the models they fit.").Answers<AdapterList>();
        api.Map("GET", "/status", status.StatusAsync, "How busy the server is, and what this key may do.").Answers<StatusView>();
        api.Map("GET", "/backlog", status.BacklogAsync, "Waiting work, for whoever scales workers.").Answers<BacklogView>();
        return app;
    }

    private static void MapJobs(WebApplication app)
    {
        var jobs = app.Services.GetRequiredService<JobEndpoints>();
        var events = app.Services.GetRequiredService<JobEventsEndpoint>();
        var batches = app.Services.GetRequiredService<BatchEndpoints>();
        var fields = app.Services.GetRequiredService<JobFields>();
        var api = app.MapGroup("/api/jobs").WithTags("Jobs");
        api.Map("POST", "", jobs.SubmitAsync, "Make a job, or with JSON lines a batch of them.", new EndpointFields(Json: fields.Job, Lines: fields.Line))
            .Answers<JobView>(202).RequireRole(Role.Submit);
        api.Map("GET", "", jobs.ListAsync, "Jobs, newest first.", new EndpointFields(Query: QueryFields.Jobs)).Answers<JobList>().RequireRole(Role.Read);
        api.Map("GET", "/{id}", jobs.ShowAsync, "One job.").Answers<JobView>().RequireRole(Role.Read);
        api.Map("POST", "/{id}/cancel", jobs.CancelAsync, "Cancel a job; one that has ended stays as it is.").Answers<JobView>().RequireRole(Role.Submit);
        api.Map("POST", "/{id}/retry", jobs.RetryAsync, "The same work with the same seed as a new job.").Answers<JobView>(202).RequireRole(Role.Submit);
        api.Map("DELETE", "/{id}", jobs.RemoveAsync, "Forget a finished job, with its events and pictures.").Answers(204).RequireRole(Role.Submit);
        api.Map(
                "GET", "/{id}/events", events.StreamAsync, "What happens to a job, as server-sent events; Last-Event-ID goes on where a reader was.",
                new EndpointFields(Query: QueryFields.Events))
            .Answers<JobView>(200, "text/event-stream").RequireRole(Role.Read);
        var batch = app.MapGroup("/api/batches").WithTags("Jobs").RequireRole(Role.Read);
        batch.Map("GET", "/{id}", batches.ShowAsync, "How far a batch is.").Answers<BatchView>();
        batch.Map("GET", "/{id}/results", batches.ResultsAsync, "What came of each line, in their order.").Answers<BatchResult>(200, "application/jsonl");
    }

    private static void MapPictures(WebApplication app)
    {
        var pictures = app.Services.GetRequiredService<PictureEndpoints>();
        var upload = app.Services.GetRequiredService<UploadEndpoint>();
        var api = app.MapGroup("/api/pictures").WithTags("Pictures");
        api.Map("GET", "", pictures.ListAsync, "Drawn pictures, newest job first.", new EndpointFields(Query: QueryFields.Pictures))
            .Answers<PictureList>().RequireRole(Role.Read);
        api.Map("GET", "/{id}", pictures.ShowAsync, "One picture.").Answers<PictureView>().RequireRole(Role.Read);
        api.Map("GET", "/{id}/content", pictures.ContentAsync, "The file.", new EndpointFields(Query: QueryFields.Content))
            .Answers(200, "image/png", "image/jpeg", "image/webp").RequireRoleOrSignedUrl(Role.Read);
        api.MapMethods("/{id}/content", ["HEAD"], pictures.ContentAsync).RequireRoleOrSignedUrl(Role.Read);
        api.Map("DELETE", "/{id}", pictures.RemoveAsync, "Delete a picture; its job stays.").Answers(204).RequireRole(Role.Submit);
        app.MapGroup("/api").WithTags("Pictures")
            .Map(
                "POST", "/uploads", upload.StoreAsync, "Send a picture to draw on; it is kept for a while.",
                new EndpointFields(Form: UploadEndpoint.Form, IsPicture: true))
            .Answers<UploadView>(201).RequireRole(Role.Submit);
    }
}
