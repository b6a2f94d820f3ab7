using System.Diagnostics.CodeAnalysis;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Microsoft.Extensions.AI;

namespace Gesso.Engine.Ai;

/// <summary>A call of <see cref="IImageGenerator"/> in the engine's words.</summary>
/// <param name="Request">What to draw.</param>
/// <param name="Type">Files to answer with.</param>
/// <param name="Quality">Of JPEG and WebP.</param>
internal sealed record ImageGeneratorCall(ImageRequest Request, ImageFileType Type, int Quality);

/// <summary>Microsoft's request and options → ours; what Gesso cannot do is refused here, by name.</summary>
[Experimental(GessoImageGenerator.Diagnostic)]
internal static class ImageGeneratorMapping
{
    /// <param name="request">Prompt and original pictures.</param>
    /// <param name="options">May be null.</param>
    /// <param name="generator">For the options' RawRepresentationFactory.</param>
    /// <param name="model">The model that is loaded.</param>
    /// <exception cref="GessoException">InvalidRequest or Refused, naming the option, the value and what is possible.</exception>
    public static ImageGeneratorCall Read(ImageGenerationRequest request, ImageGenerationOptions? options, IImageGenerator generator, string model)
    {
        options ??= new ImageGenerationOptions();
        if (options.ModelId is { } wanted && !string.Equals(wanted, model, StringComparison.OrdinalIgnoreCase))
            throw GessoException.Invalid("model_not_loaded", $"This generator holds {model}, not \"{wanted}\": load another generator for it.");
        if (options.ResponseFormat is { } format and not ImageGenerationResponseFormat.Data)
            throw GessoException.Refused("unsupported_response_format", $"Pictures are answered as Data, not as {format}: there is no host to keep them.");
        var type = options.MediaType is null ? ImageFileType.Png : ImageMediaTypes.Parse(options.MediaType) ?? throw GessoException.Invalid(
            "unsupported_media_type", $"Media type: expected {string.Join(", ", ImageMediaTypes.All)}, got \"{options.MediaType}\".");

        var more = new OptionReader(options.AdditionalProperties ?? []);
        more.RefuseOthersThan(ImageGeneratorKeys.All);
        // a record of ours says everything; what Microsoft's options say comes on top of it
        var given = options.RawRepresentationFactory?.Invoke(generator) as ImageRequest;
        string prompt = string.IsNullOrEmpty(request.Prompt) ? given?.Prompt ?? "" : request.Prompt;
        if (prompt.Length == 0)
            throw GessoException.Invalid("no_prompt", "A prompt is needed: what should the picture show?");
        given ??= new ImageRequest { Prompt = prompt };
        var drawn = given with
        {
            Prompt = prompt,
            Prompt2 = more.Text(ImageGeneratorKeys.Prompt2) ?? given.Prompt2,
            NegativePrompt = more.Text(ImageGeneratorKeys.NegativePrompt) ?? given.NegativePrompt,
            Size = options.ImageSize is { } size ? new ImageSize(size.Width, size.Height) : given.Size,
            Steps = more.Count(ImageGeneratorKeys.Steps) ?? given.Steps,
            Guidance = more.Number(ImageGeneratorKeys.Guidance) ?? given.Guidance,
            TrueGuidance = more.Number(ImageGeneratorKeys.TrueGuidance) ?? given.TrueGuidance,
            Seed = more.Whole(ImageGeneratorKeys.Seed) is { } seed ? new Seed(seed) : given.Seed,
            Count = options.Count ?? given.Count,
            InitImage = Original(request) ?? given.InitImage,
            Strength = more.Number(ImageGeneratorKeys.Strength) ?? given.Strength,
            Mask = more.Picture(ImageGeneratorKeys.Mask) is { } mask ? RedrawnIsWhite(mask) : given.Mask,
            ControlImage = more.Picture(ImageGeneratorKeys.ControlImage) ?? given.ControlImage,
            TextLength = more.Count(ImageGeneratorKeys.TextLength) ?? given.TextLength,
            Sampler = more.Text(ImageGeneratorKeys.Sampler) ?? given.Sampler,
            Adapters = more.Adapters(ImageGeneratorKeys.Adapters) ?? given.Adapters,
            Parity = Parity(more.Text(ImageGeneratorKeys.Parity)) ?? given.Parity,
        };
        return new ImageGeneratorCall(drawn, type, more.Count(ImageGeneratorKeys.OutputCompression) ?? ImageFiles.BestQuality);
    }

    private static RasterImage? Original(ImageGenerationRequest request)
    {
        AIContent[] originals = [.. request.OriginalImages ?? []];
        return originals switch
        {
            [] => null,
            [DataContent content] => ImageFiles.Decode(content.Data.ToArray(), content.Name ?? "The original picture"),
            [UriContent content] => throw GessoException.Refused("picture_by_address", $"{content.Uri}: pictures are not fetched here. Read it, and pass its bytes as DataContent."),
            [var other] => throw GessoException.Invalid("bad_original", $"Original picture: expected DataContent, got {other.GetType().Name}."),
            _ => throw GessoException.Refused("several_originals", $"FLUX.1 starts from one original picture; got {originals.Length}."),
        };
    }

    private static RasterImage RedrawnIsWhite(RasterImage mask)
    {
        if (mask.Channels != 4)
            return mask;
        byte[] white = new byte[mask.Width * mask.Height];
        for (int i = 0; i < white.Length; i++)
            white[i] = (byte)(255 - mask.Pixels[4 * i + 3]);
        return new RasterImage(mask.Width, mask.Height, 1, white);
    }

    private static ParityMode? Parity(string? name) => name is null ? null
        : Enum.GetValues<ParityMode>().Cast<ParityMode?>().FirstOrDefault(p => string.Equals(p.ToString(), name, StringComparison.OrdinalIgnoreCase))
            ?? throw GessoException.Invalid("bad_option", $"{ImageGeneratorKeys.Parity}: expected diffusers, bfl or comfy, got \"{name}\".");
}
