using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Server.Auth;
using Gesso.Server.Errors;

namespace Gesso.Server.Native;

/// <summary>Finds the job that a path names, among those its caller may see: its tenant's, or all for administrators.</summary>
internal sealed class JobLookup(IJobStore jobs)
{
    public static TenantId? Scope(Caller caller) => caller.IsAdmin ? null : caller.Tenant;

    /// <exception cref="ApiException">404 <c>not_found</c>; the same for what is not there and for what is another tenant's.</exception>
    public async Task<Job> FindAsync(HttpContext context)
    {
        var id = IdOf(context);
        return await jobs.FindAsync(Scope(context.Caller()), id, context.RequestAborted).ConfigureAwait(false) ?? throw NotFound(id.Value);
    }

    public static JobId IdOf(HttpContext context)
    {
        string text = (string)context.Request.RouteValues["id"]!;
        return JobId.TryParse(text, out var id) ? id : throw NotFound(text);
    }

    public static ApiException NotFound(string id) => ApiException.NotFound("Job", id);
}
