using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Json;
using Gesso.Server.Pictures;
using Microsoft.Net.Http.Headers;

namespace Gesso.Server.Native;

/// <summary>/api/pictures: what was drawn.</summary>
internal sealed class PictureEndpoints(IAssetCatalog catalog, IAssetStore assets, JobViews views)
{
    public async Task ListAsync(HttpContext context)
    {
        var caller = context.Caller();
        var query = RequestFields.FromQuery(QueryFields.Pictures, context.Request.Query);
        int limit = QueryFields.LimitOf(query);
        var key = query.Read(QueryFields.Mine) ?? false ? caller.Key.Id : (ApiKeyId?)null;
        GalleryQuery asked = new(caller.Tenant, key, QueryFields.BeforeOf(query), limit);
        var found = await catalog.GalleryAsync(asked, context.RequestAborted).ConfigureAwait(false);
        bool more = found.DistinctBy(p => p.Job.Id).Count() == limit;
        PictureList list = new([.. found.Select(p => views.Of(p.Job, p.Picture))], more ? found[^1].Job.Id.Value : null);
        await context.AnswerAsync(list, ServerJson.Default.PictureList).ConfigureAwait(false);
    }

    public async Task ShowAsync(HttpContext context)
    {
        var found = await FindAsync(context).ConfigureAwait(false);
        await context.AnswerAsync(views.Of(found.Job, found.Picture), ServerJson.Default.PictureView).ConfigureAwait(false);
    }

    /// <summary>The file, under headers that leave a browser no way to take it for anything but a picture.</summary>
    public async Task ContentAsync(HttpContext context)
    {
        var (job, picture) = await FindAsync(context).ConfigureAwait(false);
        bool download = RequestFields.FromQuery(QueryFields.Content, context.Request.Query).Read(QueryFields.Download) ?? false;
        EntityTagHeaderValue tag = new($"\"{picture.Asset}\"");
        bool isKnown = Knows(context.Request, tag);
        byte[]? file = isKnown ? [] : await assets.ReadAsync(picture.Asset, context.RequestAborted).ConfigureAwait(false);
        if (file is null)
            throw NotFound(new PictureId(job.Id, picture.Index).ToString());
        var response = context.Response;
        response.Headers.ETag = tag.ToString();
        // private: a proxy must not give one tenant's picture to another; the browser need never ask again
        response.Headers.CacheControl = "private, max-age=31536000, immutable";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        if (isKnown)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentType = picture.MediaType;
        response.ContentLength = file.Length;
        string name = $"{new PictureId(job.Id, picture.Index)}.{PictureFormats.NameOf(picture.MediaType)}";
        response.Headers.ContentDisposition = $"{(download ? "attachment" : "inline")}; filename=\"{name}\"";
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.BodyWriter.WriteAsync(file, context.RequestAborted).ConfigureAwait(false);
    }

    public async Task RemoveAsync(HttpContext context)
    {
        var (job, picture) = await FindAsync(context).ConfigureAwait(false);
        if (!await catalog.RemovePictureAsync(job.Tenant, job.Id, picture.Index, CancellationToken.None).ConfigureAwait(false))
        {
            string message = $"Job {job.Id} is not finished, so its pictures cannot be deleted yet. Cancel it first, or wait for its end.";
            throw new ApiException(409, new ApiError(message, "invalid_request_error", null, "job_not_finished"));
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static bool Knows(HttpRequest request, EntityTagHeaderValue tag) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known) && known.Any(t => t.Compare(tag, useStrongComparison: false));

    private async Task<GalleryPicture> FindAsync(HttpContext context)
    {
        string text = (string)context.Request.RouteValues["id"]!;
        if (!PictureId.TryParse(text, out var id))
            throw NotFound(text);
        return await catalog.FindPictureAsync(context.Tenant(), id.Job, id.Index, context.RequestAborted).ConfigureAwait(false) ?? throw NotFound(text);
    }

    private static ApiException NotFound(string id) => ApiException.NotFound("Picture", id);
}
