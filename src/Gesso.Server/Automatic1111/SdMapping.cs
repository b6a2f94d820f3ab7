using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;
using Gesso.Server.Auth;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Pictures;

namespace Gesso.Server.Automatic1111;

/// <summary>txt2img and img2img into an order.</summary>
internal sealed class SdMapping(SdFields fields, ModelDirectory models, InputPictures pictures, ServerOptions options)
{
    private const int UsualSide = 512;

    /// <param name="given">The body.</param>
    /// <param name="chosen">The model this key chose before; null: the default.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<JobOrder> TextAsync(RequestFields given, string? chosen, CancellationToken cancellation)
    {
        string? named = given.Read(fields.Override)?.Read(SdFields.Checkpoint) is { Length: > 0 } checkpoint ? SdModels.NameOf(checkpoint) : chosen;
        var model = await models.ResolveAsync(named, cancellation).ConfigureAwait(false);
        double? scale = given.Read(fields.CfgScale), distilled = given.Read(fields.DistilledCfgScale);
        // FLUX takes its guidance as an input: to a client that knows one scale only, that is the scale
        bool isDistilled = model.Card?.TakesGuidance == true && distilled is null;
        long count = (given.Read(fields.BatchSize) ?? 1) * (given.Read(fields.Iterations) ?? 1);
        if (count > options.Limits.MaxCount)
            throw ApiException.Invalid("batch_size", "invalid_value", $"batch_size: expected at most {options.Limits.MaxCount} pictures with n_iter, got {count}.");
        string? negative = given.Read(fields.NegativePrompt);
        var (words, adapters) = SdPrompt.Read(given.Read(fields.Prompt) ?? "");
        return new JobOrder
        {
            Model = model.Name,
            Prompt = words,
            Options = new WorkOptions
            {
                Seed = given.Read(fields.Seed) is >= 0 and { } seed ? seed : null,
                Steps = (int?)given.Read(fields.Steps),
                Guidance = isDistilled ? scale : distilled,
                TrueGuidance = isDistilled || scale is null ? null : Math.Max(1, scale.Value),
                NegativePrompt = string.IsNullOrEmpty(negative) ? null : negative,
                Sampler = SamplerNames.ToOurs(given.Read(fields.SamplerName) ?? given.Read(fields.SamplerIndex)),
                Adapters = adapters,
                AdaptersPlace = fields.Prompt.Name,
                Text = TextChoice.None,                                                     // its clients know no such thing, and quote what they like
            },
            Size = SizeOf(given),
            Count = (int)count,
            Previews = true,
        };
    }

    public async Task<JobOrder> ImageAsync(Caller caller, RequestFields given, string? chosen, CancellationToken cancellation)
    {
        var order = await TextAsync(given, chosen, cancellation).ConfigureAwait(false);
        if (given.Read(fields.InvertMask) == 1)
        {
            throw ApiException.Invalid(
                "inpainting_mask_invert", "not_supported", "inpainting_mask_invert: expected 0 (white is redrawn), got 1. Send the mask inverted.");
        }
        double strength = given.Read(fields.DenoisingStrength) ?? 0.75;
        var image = await TakeAsync(caller, "init_images", FirstOf(given.Read(fields.InitImages)), cancellation).ConfigureAwait(false);
        string? mask = given.Read(fields.Mask);
        return order with
        {
            Image = image,
            Mask = string.IsNullOrEmpty(mask) ? null : await TakeAsync(caller, "mask", mask, cancellation).ConfigureAwait(false),
            MaskReading = MaskReading.White,
            Options = order.Options with { Strength = strength },
        };
    }

    private async Task<SourcePicture> TakeAsync(Caller caller, string param, string base64, CancellationToken cancellation)
    {
        long most = options.Limits.MaxPictureBytes;
        byte[] file = DataUrl.Matches(base64) ? DataUrl.Decode(param, base64, most) : DataUrl.DecodeBase64(param, base64, most);
        return await pictures.TakeAsync(caller, param, file, cancellation).ConfigureAwait(false);
    }

    private ImageSize? SizeOf(RequestFields given)
    {
        long? width = given.Read(fields.Width), height = given.Read(fields.Height);
        return width is null && height is null ? null : new ImageSize((int)(width ?? UsualSide), (int)(height ?? UsualSide));
    }

    private static string FirstOf(FieldValue list)
    {
        string[] images = list.Json.ValueKind == JsonValueKind.Array
            ? [.. list.Json.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.String).Select(i => i.GetString()!)]
            : [];
        string came = images.Length == 0 ? list.Display : $"{images.Length}";
        return images.Length == 1
            ? images[0]
            : throw ApiException.Invalid("init_images", "invalid_value", $"init_images: expected a list of one picture in base 64, got {came}.");
    }
}
