using Gesso.Platform;
using Gesso.Platform.Accounts;
using Gesso.Server.Errors;

namespace Gesso.Server.Auth.Accounts;

/// <summary>Keys and tenants, for administrators.</summary>
internal static class AccountEndpoints
{
    public static WebApplication MapAccounts(this WebApplication app)
    {
        var api = app.MapGroup("/api").RequireRole(Role.Admin).WithTags("Administration");
        api.MapGet("/keys", ListKeysAsync).WithSummary("All keys, without their secrets.").Produces<KeyList>();
        api.MapPost("/keys", CreateKeyAsync).WithSummary("Make a key. Its secret is in this answer and nowhere else.")
            .Accepts<NewKeyRequest>("application/json").Produces<KeyView>(201);
        api.MapDelete("/keys/{id}", RevokeKeyAsync).WithSummary("End a key: at once on this server, within 5 seconds on others.").Produces(204);
        api.MapPost("/keys/{id}/rotate", RotateKeyAsync).WithSummary("Replace a key by a new one of the same kind; the old one goes on for the overlap.")
            .Accepts<RotateKeyRequest>("application/json").Produces<KeyView>(201);
        api.MapGet("/tenants", ListTenantsAsync).WithSummary("All tenants.").Produces<TenantList>();
        api.MapPost("/tenants", SaveTenantAsync).WithSummary("Make a tenant, or change the one with this id.")
            .Accepts<TenantRequest>("application/json").Produces<TenantView>(201);
        return app;
    }

    private static async Task<IResult> ListKeysAsync(IAccountStore accounts, CancellationToken cancellation)
    {
        var keys = await accounts.ListAsync(null, cancellation).ConfigureAwait(false);
        return Results.Json(new KeyList([.. keys.Select(k => KeyView.Of(k))]), AccountJson.Default.KeyList);
    }

    private static async Task<IResult> CreateKeyAsync(HttpContext context, KeyMaker maker, IAccountStore accounts, TimeProvider time)
    {
        var cancellation = context.RequestAborted;
        var request = await AccountMapping.ReadAsync(context.Request, AccountJson.Default.NewKeyRequest).ConfigureAwait(false);
        TenantId tenant = request.Tenant is { } named ? new TenantId(named) : context.Caller().Tenant;
        await RequireTenantAsync(accounts, tenant, cancellation).ConfigureAwait(false);
        var expiry = AccountMapping.Expiry(request.ExpiresAt, time.GetUtcNow());
        var (name, role, limits) = (AccountMapping.Name(request.Name), AccountMapping.ReadRole(request.Role), AccountMapping.Limits(request.Limits));
        return await maker.MakeAsync(tenant, name, role, limits, expiry, cancellation).ConfigureAwait(false);
    }

    private static async Task<IResult> RevokeKeyAsync(string id, IAccountStore accounts, KeyDirectory directory, TimeProvider time, CancellationToken cancellation)
    {
        await FindAsync(accounts, id, time, mayBeLastAdmin: false, cancellation).ConfigureAwait(false);
        if (!await accounts.RevokeAsync(null, new ApiKeyId(id), time.GetUtcNow(), cancellation).ConfigureAwait(false))
            throw NoKey(id);
        directory.Forget();
        return Results.NoContent();
    }

    private static async Task<IResult> RotateKeyAsync(string id, HttpContext context, KeyMaker maker, IAccountStore accounts, KeyDirectory directory, TimeProvider time)
    {
        var cancellation = context.RequestAborted;
        var request = await AccountMapping.ReadAsync(context.Request, AccountJson.Default.RotateKeyRequest).ConfigureAwait(false);
        var overlap = AccountMapping.Overlap(request.OverlapSeconds);
        var old = await FindAsync(accounts, id, time, mayBeLastAdmin: true, cancellation).ConfigureAwait(false);
        // the new key first: whatever fails in between, one of them works
        var made = await maker.MakeAsync(old.Tenant, old.Name, old.Role, old.Limits, expiry: null, cancellation).ConfigureAwait(false);
        var end = time.GetUtcNow() + overlap;
        if (overlap == TimeSpan.Zero)
            await accounts.RevokeAsync(null, old.Id, end, cancellation).ConfigureAwait(false);
        else if (old.Expires is null || old.Expires > end)
            await accounts.ExpireAsync(old.Id, end, cancellation).ConfigureAwait(false);
        directory.Forget();
        return made;
    }

    private static async Task<IResult> ListTenantsAsync(IAccountStore accounts, CancellationToken cancellation)
    {
        var tenants = await accounts.TenantsAsync(cancellation).ConfigureAwait(false);
        return Results.Json(new TenantList([.. tenants.Select(TenantView.Of)]), AccountJson.Default.TenantList);
    }

    private static async Task<IResult> SaveTenantAsync(HttpContext context, IAccountStore accounts, SortableId ids, TimeProvider time)
    {
        var request = await AccountMapping.ReadAsync(context.Request, AccountJson.Default.TenantRequest).ConfigureAwait(false);
        string name = AccountMapping.Name(request.Name);
        double weight = AccountMapping.Weight(request.Weight);
        Tenant tenant;
        if (request.Id is { } id)
            tenant = (await RequireTenantAsync(accounts, new TenantId(id), context.RequestAborted).ConfigureAwait(false)) with { Name = name, Weight = weight };
        else
            tenant = new Tenant(ids.NewTenant(), name, weight, time.GetUtcNow());
        await accounts.SaveAsync(tenant, context.RequestAborted).ConfigureAwait(false);
        int status = request.Id is null ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        return Results.Json(TenantView.Of(tenant), AccountJson.Default.TenantView, statusCode: status);
    }

    private static async Task<Tenant> RequireTenantAsync(IAccountStore accounts, TenantId tenant, CancellationToken cancellation)
    {
        var tenants = await accounts.TenantsAsync(cancellation).ConfigureAwait(false);
        return tenants.FirstOrDefault(t => t.Id == tenant) ?? throw ApiException.Invalid(
            "tenant", "unknown_tenant", $"tenant: \"{tenant}\" does not exist. There are: {string.Join(", ", tenants.Select(t => t.Id))}.");
    }

    /// <summary>A key that works, and that others can take over from where <paramref name="mayBeLastAdmin"/> is false.</summary>
    private static async Task<ApiKey> FindAsync(IAccountStore accounts, string id, TimeProvider time, bool mayBeLastAdmin, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var keys = await accounts.ListAsync(null, cancellation).ConfigureAwait(false);
        var key = keys.FirstOrDefault(k => k.Id.Value == id && k.Revoked is null) ?? throw NoKey(id);
        bool isLastAdmin = key.Role == Role.Admin && key.IsValid(now) && !keys.Any(k => k.Id != key.Id && k.Role == Role.Admin && k.IsValid(now));
        return mayBeLastAdmin || !isLastAdmin ? key : throw new ApiException(409, new ApiError(
            $"{id} is the last key of an administrator: nobody could make another. Make one first, or rotate this one.",
            "invalid_request_error", null, "last_admin_key"));
    }

    private static ApiException NoKey(string id) => ApiException.NotFound("Key", id);
}
