using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Recipes;
using Gesso.Engine.Text;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Typography.Document;

namespace Gesso.Worker;

/// <summary>Pictures a job starts from, as files.</summary>
internal sealed record JobInputs(byte[]? InitImage, byte[]? Mask, byte[]? ControlImage)
{
    /// <exception cref="GessoException">InvalidRequest <c>input_gone</c> when a picture was deleted in the meantime.</exception>
    public static async Task<JobInputs> ReadAsync(IAssetStore assets, ImageJob work, CancellationToken cancellation)
    {
        return new JobInputs(
            await ReadAsync(work.InitImage, "initial picture").ConfigureAwait(false),
            await ReadAsync(work.Mask, "mask").ConfigureAwait(false),
            await ReadAsync(work.ControlImage, "control picture").ConfigureAwait(false));

        async Task<byte[]?> ReadAsync(AssetKey? key, string name) => key is not { } asset
            ? null
            : await assets.ReadAsync(asset, cancellation).ConfigureAwait(false)
                ?? throw GessoException.Invalid("input_gone", $"The {name} of this job was deleted before it was drawn; send it again.");
    }
}

/// <summary>Jobs → requests, pictures → files.</summary>
internal static class JobMapping
{
    /// <param name="work">What the job draws.</param>
    /// <param name="inputs">Its pictures.</param>
    /// <param name="fileOf">The files of its adapters.</param>
    public static ImageRequest ToRequest(ImageJob work, JobInputs inputs, Func<AdapterUse, string> fileOf) => new()
    {
        Prompt = work.Prompt,
        Prompt2 = work.Prompt2,
        NegativePrompt = work.NegativePrompt,
        Size = work.Size,
        Steps = work.Steps,
        Guidance = work.Guidance,
        TrueGuidance = work.TrueGuidance,
        Seed = new Seed(work.Seed),
        Count = work.Count,
        InitImage = inputs.InitImage is null ? null : ImageFiles.Decode(inputs.InitImage, "The initial picture"),
        Strength = work.Strength,
        Mask = inputs.Mask is null ? null : Mask(ImageFiles.Decode(inputs.Mask, "The mask"), work.MaskReading),
        ControlImage = inputs.ControlImage is null ? null : ImageFiles.Decode(inputs.ControlImage, "The control picture"),
        TextLength = work.TextLength,
        Sampler = work.Sampler,
        Parity = work.Parity,
        Adapters = [.. work.Adapters.Select(a => new ImageAdapter(fileOf(a), a.Weight))],
    };

    public static string MediaType(PictureFormat format) => format switch
    {
        PictureFormat.Jpeg => "image/jpeg",
        PictureFormat.Webp => "image/webp",
        _ => "image/png",
    };

    /// <summary>The text of a job as the engine takes it; null: none.</summary>
    /// <exception cref="GessoException">The document is wrong.</exception>
    public static RequestedText? ToText(ImageJob work, ImageRequest request) =>
        work.Text is { } text ? RequestedText.Of(request, text.Document is { } document ? TextDocumentJson.Parse(document) : null) : null;

    /// <summary>A PNG carries the recipe that repeats it, and its text.</summary>
    /// <param name="picture">As drawn.</param>
    /// <param name="laid">With its text; null: there is none.</param>
    /// <param name="work">What the job draws.</param>
    /// <param name="recipe">Of the picture.</param>
    public static byte[] Encode(RasterImage picture, LaidText? laid, ImageJob work, Func<Recipe> recipe) => work.Format switch
    {
        PictureFormat.Jpeg => ImageFiles.Encode(laid?.Picture ?? picture, ImageFileType.Jpeg, work.Quality),
        PictureFormat.Webp => ImageFiles.Encode(laid?.Picture ?? picture, ImageFileType.Webp, work.Quality),
        _ => RecipePng.Write(laid?.ToPng() ?? ImageFiles.EncodePng(picture), recipe()),
    };

    /// <summary>What the store keeps of it.</summary>
    public static PictureText? ToRecord(LaidText? laid) => laid is null
        ? null
        : new PictureText(
            TextDocumentJson.Write(laid.Text.Document with { Canvas = laid.Text.Document.Canvas ?? laid.Plate.Size }),
            [.. laid.Text.Report.Failures.Select(failure => failure.Detail)],
            [.. laid.Notes]);

    /// <summary>White where the picture is to be redrawn.</summary>
    private static RasterImage Mask(RasterImage mask, MaskReading reading)
    {
        if (reading == MaskReading.White)
            return mask;
        if (mask.Channels != 4)
            throw GessoException.Invalid("mask_without_alpha", "The mask has no transparent part: what is to be redrawn must be transparent (alpha 0). A mask whose white part is redrawn needs mask_reading \"white\".");
        byte[] grey = new byte[mask.Width * mask.Height];
        for (int i = 0; i < grey.Length; i++)
            grey[i] = (byte)(255 - mask.Pixels[(4 * i) + 3]);
        return new RasterImage(mask.Width, mask.Height, 1, grey);
    }
}
