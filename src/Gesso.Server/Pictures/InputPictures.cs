using Gesso.Contracts.Errors;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Fetching;
using Gesso.Server.Hosting;
using Gesso.Server.Json;

namespace Gesso.Server.Pictures;

/// <summary>
/// Takes in pictures to draw on, by whatever way they come: bytes, data URL, address, an upload of before or a drawn picture. Each is identified and stored
/// before a job refers to it, so that any attempt on any worker finds it.
/// </summary>
internal sealed class InputPictures(IAssetStore assets, IAssetCatalog catalog, IPictureFetcher fetcher, ServerOptions options, TimeProvider time)
{
    private const string MaskParam = "mask";
    private const string References = "the id of an upload, the id of a drawn picture, a data: URL or an https: address";

    private readonly LimitOptions _limits = options.Limits;

    /// <summary>Identifies and stores a picture as an upload of the caller's tenant.</summary>
    /// <param name="caller">Whose it becomes.</param>
    /// <param name="param">The field it came in.</param>
    /// <param name="file">The file.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ApiException">400 <c>not_a_picture</c>, <c>picture_too_large</c>.</exception>
    public async Task<UploadedPicture> StoreAsync(Caller caller, string param, ReadOnlyMemory<byte> file, CancellationToken cancellation)
    {
        var header = Identify(param, file.Span);
        var asset = await assets.PutAsync(file, cancellation).ConfigureAwait(false);
        var now = time.GetUtcNow();
        UploadedPicture upload = new(caller.Tenant, asset, header.MediaType, header.Size, file.Length, now, now + options.Retention.Uploads);
        await catalog.AddUploadAsync(upload, cancellation).ConfigureAwait(false);
        return upload;
    }

    /// <summary>As <see cref="StoreAsync"/>, for a picture that a job is made from at once.</summary>
    public async Task<SourcePicture> TakeAsync(Caller caller, string param, ReadOnlyMemory<byte> file, CancellationToken cancellation)
    {
        var upload = await StoreAsync(caller, param, file, cancellation).ConfigureAwait(false);
        return new SourcePicture(upload.Asset, upload.MediaType, upload.Size, Identify(param, file.Span).HasAlpha, upload.Bytes);
    }

    /// <summary>The picture behind a reference.</summary>
    /// <exception cref="ApiException">400 naming the field and what it takes.</exception>
    public async Task<SourcePicture> ResolveAsync(Caller caller, string param, string reference, CancellationToken cancellation)
    {
        if (DataUrl.Matches(reference))
            return await TakeAsync(caller, param, DataUrl.Decode(param, reference, _limits.MaxPictureBytes), cancellation).ConfigureAwait(false);
        if (AssetKey.TryParse(reference, out var asset))
            return await UploadAsync(caller, param, asset, cancellation).ConfigureAwait(false);
        if (PictureId.TryParse(reference, out var id))
            return await DrawnAsync(caller, param, id, cancellation).ConfigureAwait(false);
        if (Uri.TryCreate(reference, UriKind.Absolute, out var url) && url.Scheme is "https" or "http")
            return await FetchAsync(caller, param, url, cancellation).ConfigureAwait(false);
        throw ApiException.Invalid(param, "invalid_picture_reference", $"{param}: expected {References}, got {Shown.Quote(reference)}.");
    }

    /// <exception cref="ApiException">400 <c>invalid_mask</c>: of another size, or without the transparency it is read by.</exception>
    public async Task RequireMaskAsync(SourcePicture mask, SourcePicture image, MaskReading reading, CancellationToken cancellation)
    {
        if (mask.Size != image.Size)
            throw ApiException.Invalid(MaskParam, "invalid_mask", $"mask: expected {image.Size} as the picture has, got {mask.Size}.");
        if (reading == MaskReading.Transparent && !await HasAlphaAsync(mask, cancellation).ConfigureAwait(false))
            throw ApiException.Invalid(MaskParam, "invalid_mask", "mask: expected a picture with transparency (what is transparent is redrawn), got an opaque one.");
    }

    private async Task<bool> HasAlphaAsync(SourcePicture mask, CancellationToken cancellation)
    {
        if (mask.HasAlpha is { } known)
            return known;
        byte[] file = await assets.ReadAsync(mask.Asset, cancellation).ConfigureAwait(false) ?? throw Gone(MaskParam);
        return Identify(MaskParam, file).HasAlpha;
    }

    private async Task<SourcePicture> UploadAsync(Caller caller, string param, AssetKey asset, CancellationToken cancellation)
    {
        var upload = await catalog.FindUploadAsync(caller.Tenant, asset, cancellation).ConfigureAwait(false) ?? throw Gone(param);
        var now = time.GetUtcNow();
        var expires = now + options.Retention.Uploads;
        // kept from its last use on; moved at most ten times in its life, so that a series of jobs does not write for each
        if (upload.Expires + (options.Retention.Uploads / 10) < expires)
            await catalog.AddUploadAsync(upload with { Expires = expires }, cancellation).ConfigureAwait(false);
        return new SourcePicture(upload.Asset, upload.MediaType, upload.Size, null, upload.Bytes);
    }

    private async Task<SourcePicture> DrawnAsync(Caller caller, string param, PictureId id, CancellationToken cancellation)
    {
        var drawn = await catalog.FindPictureAsync(caller.Tenant, id.Job, id.Index, cancellation).ConfigureAwait(false)
            ?? throw ApiException.Invalid(param, "picture_not_found", $"{param}: there is no picture {id}. It may have been deleted.");
        var picture = drawn.Picture;
        var now = time.GetUtcNow();
        // an upload from now on, so that the job made from it can be repeated even when the picture has been deleted
        UploadedPicture upload = new(caller.Tenant, picture.Asset, picture.MediaType, picture.Size, picture.Bytes, now, now + options.Retention.Uploads);
        await catalog.AddUploadAsync(upload, cancellation).ConfigureAwait(false);
        return new SourcePicture(picture.Asset, picture.MediaType, picture.Size, null, picture.Bytes);
    }

    private async Task<SourcePicture> FetchAsync(Caller caller, string param, Uri url, CancellationToken cancellation)
    {
        byte[] file;
        try
        {
            file = await fetcher.FetchAsync(url, cancellation).ConfigureAwait(false);
        }
        catch (GessoException e) when (e.Kind == ErrorKind.InvalidRequest)
        {
            throw ApiException.Invalid(param, e.Code, $"{param}: {e.Message}");
        }
        return await TakeAsync(caller, param, file, cancellation).ConfigureAwait(false);
    }

    private PictureHeader Identify(string param, ReadOnlySpan<byte> file)
    {
        if (file.Length > _limits.MaxPictureBytes)
            throw DataUrl.TooLarge(param, _limits.MaxPictureBytes);
        if (PictureHeader.Read(file, out string? problem) is not { } header)
            throw ApiException.Invalid(param, "not_a_picture", $"{param}: expected {PictureHeader.Formats}, got {problem}.");
        if (header.Size.Pixels > _limits.MaxPicturePixels)
        {
            throw ApiException.Invalid(
                param, "picture_too_large", $"{param}: expected at most {_limits.MaxPicturePixels} pixels, got {header.Size} ({header.Size.Pixels}). Scale it down.");
        }
        return header;
    }

    private static ApiException Gone(string param) =>
        ApiException.Invalid(param, "upload_not_found", $"{param}: there is no upload with this id. Uploads are kept for a limited time: send the picture again.");
}
