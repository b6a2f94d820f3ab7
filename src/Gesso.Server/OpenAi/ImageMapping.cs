using Gesso.Platform.Jobs;
using Gesso.Server.Errors;
using Gesso.Server.Jobs;
using Gesso.Server.Json;
using Gesso.Server.Pictures;

namespace Gesso.Server.OpenAi;

/// <summary>OpenAI's parameters into an order; validation of everything that needs no model ends here.</summary>
internal sealed class ImageMapping(ImageFields fields)
{
    /// <summary>So many unknown parameters are told of; a caller who sends more has other troubles.</summary>
    private const int MostUnknown = 20;

    private static readonly string[] s_spread = ["gesso[", "image[", "images["];

    /// <param name="given">The body.</param>
    /// <param name="idempotencyKey">The header.</param>
    public ImageCall Generation(RequestFields given, string? idempotencyKey) => Read(given, given.Read(fields.Prompt)!, isEdit: false, idempotencyKey);

    /// <summary>Without its pictures, which are taken in once everything else is known to be right.</summary>
    public ImageCall Edit(RequestFields given, string? idempotencyKey) => Read(given, given.Read(fields.Prompt)!, isEdit: true, idempotencyKey);

    /// <summary>As <see cref="Edit"/>.</summary>
    public ImageCall Variation(RequestFields given, string? idempotencyKey) => Read(given, given.Read(fields.OptionalPrompt) ?? "", isEdit: true, idempotencyKey);

    private ImageCall Read(RequestFields given, string prompt, bool isEdit, string? idempotencyKey)
    {
        var unknown = given.Unknown.Where(n => !IsSpread(n)).Take(MostUnknown);
        List<string> warnings = [.. unknown.Select(n => $"{Shown.Cut(n)}: there is no such parameter here, so it has no effect.")];
        if (given.Read(fields.Background) == "transparent")
        {
            throw ApiException.Invalid(
                "background", "unsupported_value", "background: expected opaque or auto, got \"transparent\": the models here draw opaque pictures.");
        }
        string format = given.Read(fields.OutputFormat) ?? "png";
        int? compression = (int?)given.Read(fields.Compression);
        if (format == "png" && compression is not (null or 100))
            warnings.Add("output_compression: PNG files are lossless, so it has no effect.");
        bool stream = given.Read(fields.Stream) ?? false;
        int partials = (int)(given.Read(fields.Partials) ?? 0);
        if (partials > 0 && !stream)
            warnings.Add("partial_images: without stream it has no effect.");
        string? model = given.Read(fields.Model), answer = given.Read(fields.ResponseFormat);
        if (answer == "url" && stream)
            warnings.Add("response_format: streams carry base 64.");
        // what OpenAI answered under these names, and what clients written for them look for; an operator who gives a model such an alias wants them to work
        bool asUrl = (answer ?? (model?.StartsWith("dall-e-", StringComparison.Ordinal) == true ? "url" : "b64_json")) == "url";
        var options = given.Read(fields.Gesso) is { } own ? fields.Work.Read(own.RefuseUnknown()) : new WorkOptions { Prefix = fields.Gesso.Name + "." };
        var (factor, quality) = QualityLevels.Parse(given.Read(fields.Quality));
        if (options.Steps is not null && factor != 1)
            warnings.Add($"quality: gesso.steps is given, so {quality} has no effect.");
        return new ImageCall
        {
            Order = new JobOrder
            {
                Model = model,
                Prompt = prompt,
                Options = options,
                Size = given.Read(fields.Size),
                StepsFactor = factor,
                Count = (int)(given.Read(fields.Count) ?? 1),
                MaskReading = MaskReading.Transparent,
                Format = PictureFormats.Parse(format),
                Compression = Math.Max(1, compression ?? 100),
                Previews = stream && partials > 0,
                IdempotencyKey = idempotencyKey,
            },
            IsEdit = isEdit,
            Stream = stream,
            Partials = partials,
            AsUrl = asUrl,
            Quality = options.Steps is null ? quality : "auto",
            Warnings = warnings,
        };
    }

    /// <summary>Forms spread an object, and lists of pictures, over bracketed names.</summary>
    private static bool IsSpread(string name) => s_spread.Any(start => name.StartsWith(start, StringComparison.Ordinal));
}
