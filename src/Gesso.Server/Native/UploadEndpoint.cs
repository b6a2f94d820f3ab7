using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;
using Gesso.Server.Json;
using Gesso.Server.Pictures;

namespace Gesso.Server.Native;

/// <param name="Id">What <c>image</c> and <c>mask</c> take: the SHA-256 of the file.</param>
/// <param name="MediaType">By its content.</param>
/// <param name="Width">Pixels, upright.</param>
/// <param name="Height">Pixels, upright.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="ExpiresAt">Kept until then, and longer when used; Unix seconds.</param>
public sealed record UploadView(string Id, string MediaType, int Width, int Height, long Bytes, double ExpiresAt);

/// <summary>POST /api/uploads: a picture to draw on, sent once and used by its id.</summary>
internal sealed class UploadEndpoint(InputPictures pictures, ServerOptions options)
{
    private const string Param = "file";

    /// <summary>As an upload from a web form has it.</summary>
    public static FieldSet Form { get; } = new(new PictureField(Param, "PNG, JPEG or WebP.") { Required = true });

    public async Task StoreAsync(HttpContext context)
    {
        byte[] file = await ReadAsync(context.Request, context.RequestAborted).ConfigureAwait(false);
        var stored = await pictures.StoreAsync(context.Caller(), Param, file, context.RequestAborted).ConfigureAwait(false);
        UploadView view = new(stored.Asset.Sha256, stored.MediaType, stored.Size.Width, stored.Size.Height, stored.Bytes, stored.Expires.UnixSeconds());
        await context.AnswerAsync(view, ServerJson.Default.UploadView, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    private async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (PictureForm.Matches(request))
        {
            await using var form = await PictureForm.ReadAsync(request, options.Limits, cancellation).ConfigureAwait(false);
            return form.Files.Count == 1
                ? await form.Files[0].ReadAsync(cancellation).ConfigureAwait(false)
                : throw ApiException.Invalid(Param, "invalid_value", $"file: expected one picture file in the form, got {form.Files.Count}.");
        }
        await using var spool = await PictureSpool.ReceiveAsync(Param, request.Body, options.Limits, cancellation).ConfigureAwait(false);
        return await spool.ReadAsync(cancellation).ConfigureAwait(false);
    }
}
