using System.Text.Json;
using Gesso.Platform.Jobs;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Json;
using Gesso.Server.Pictures;

namespace Gesso.Server.OpenAi;

/// <summary>The picture and the mask of an edit, from a form's files or from references in JSON.</summary>
internal sealed class ImageSources(ImageFields fields, InputPictures pictures)
{
    private const string ImageParam = "image";
    private const string MaskParam = "mask";

    public async Task<(SourcePicture Image, SourcePicture? Mask)> ReadAsync(Caller caller, PictureForm form, CancellationToken cancellation)
    {
        List<Func<Task<SourcePicture>>> images = [.. form.Files.Where(f => IsImage(f.Name)).Select(f => TakeLater(caller, ImageParam, f, cancellation))];
        images.AddRange(form.Fields.Where(f => IsImage(f.Key)).Select(f => ResolveLater(caller, ImageParam, f.Value, cancellation)));
        if (form.Files.Where(f => f.Name == MaskParam).Skip(1).Any())
            throw ApiException.Invalid(MaskParam, "invalid_value", "mask: expected one picture, got several.");
        var image = await OneOf(images)().ConfigureAwait(false);
        SourcePicture? mask = null;
        if (form.Files.FirstOrDefault(f => f.Name == MaskParam) is { } file)
            mask = await TakeLater(caller, MaskParam, file, cancellation)().ConfigureAwait(false);
        else if (form.Fields.TryGetValue(MaskParam, out string? reference) && reference.Length > 0)
            mask = await pictures.ResolveAsync(caller, MaskParam, reference, cancellation).ConfigureAwait(false);
        return await CheckedAsync(image, mask, cancellation).ConfigureAwait(false);
    }

    public async Task<(SourcePicture Image, SourcePicture? Mask)> ReadAsync(Caller caller, RequestFields json, CancellationToken cancellation)
    {
        List<(string Param, string Reference)> references = [];
        if (json.Read(fields.Image) is { IsAbsent: false } single)
            references.Add((ImageParam, ReferenceOf(ImageParam, single)));
        references.AddRange(json.Read(fields.Images).Select(item => (item.Prefix.TrimEnd('.'), ReferenceOf(item))));
        var image = await OneOf([.. references.Select(r => ResolveLater(caller, r.Param, r.Reference, cancellation))])().ConfigureAwait(false);
        SourcePicture? mask = json.Read(fields.Mask) is { IsAbsent: false } given
            ? await pictures.ResolveAsync(caller, MaskParam, ReferenceOf(MaskParam, given), cancellation).ConfigureAwait(false)
            : null;
        return await CheckedAsync(image, mask, cancellation).ConfigureAwait(false);
    }

    private Func<Task<SourcePicture>> TakeLater(Caller caller, string param, PictureSpool file, CancellationToken cancellation) =>
        async () => await pictures.TakeAsync(caller, param, await file.ReadAsync(cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);

    private Func<Task<SourcePicture>> ResolveLater(Caller caller, string param, string reference, CancellationToken cancellation) =>
        () => pictures.ResolveAsync(caller, param, reference, cancellation);

    private async Task<(SourcePicture Image, SourcePicture? Mask)> CheckedAsync(SourcePicture image, SourcePicture? mask, CancellationToken cancellation)
    {
        if (mask is not null)
            await pictures.RequireMaskAsync(mask, image, MaskReading.Transparent, cancellation).ConfigureAwait(false);
        return (image, mask);
    }

    private static Func<Task<SourcePicture>> OneOf(List<Func<Task<SourcePicture>>> images) => images.Count switch
    {
        1 => images[0],
        0 => throw ApiException.Invalid(ImageParam, "missing_required_parameter", $"image: expected {PictureHeader.Formats}, got nothing."),
        _ => throw ApiException.Invalid(ImageParam, "too_many_images", $"image: expected one picture, because this model takes one, got {images.Count}."),
    };

    private static string ReferenceOf(string param, FieldValue value)
    {
        if (value.TryText(out string text))
            return text;
        return value.Json.ValueKind == JsonValueKind.Object
            ? ReferenceOf(RequestFields.FromJson(ImageFields.Reference, value.Json, param + ".").RefuseUnknown())
            : throw ApiException.Invalid(param, "invalid_type", $"{param}: expected an object with image_url or file_id, got {value.Display}.");
    }

    private static string ReferenceOf(RequestFields reference)
    {
        string? url = reference.Read(ImageFields.ImageUrl), file = reference.Read(ImageFields.FileId);
        string param = reference.Prefix.TrimEnd('.'), came = url is null ? "neither" : "both";
        return (url is null) != (file is null)
            ? url ?? file!
            : throw ApiException.Invalid(param, "invalid_picture_reference", $"{param}: expected exactly one of image_url and file_id, got {came}.");
    }

    private static bool IsImage(string name) =>
        name is "image" or "images" || name.StartsWith("image[", StringComparison.Ordinal) || name.StartsWith("images[", StringComparison.Ordinal);
}
