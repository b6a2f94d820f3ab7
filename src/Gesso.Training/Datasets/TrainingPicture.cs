using System.Security.Cryptography;
using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;

namespace Gesso.Training.Datasets;

/// <summary>A picture file and the words beside it; nothing is decoded yet.</summary>
/// <param name="Path">The file.</param>
/// <param name="Caption">Its caption, or the folder's class tokens, or nothing.</param>
/// <param name="CaptionFile">Where the caption was; null: there is none.</param>
/// <param name="Mask">The file of its mask, or null.</param>
/// <param name="Folder">Where it was found.</param>
public sealed record TrainingPicture(string Path, string Caption, string? CaptionFile, string? Mask, PictureFolder Folder)
{
    /// <summary>File types that are read.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];

    /// <summary>Picture files of a folder, in the order of their names on every system.</summary>
    public static IEnumerable<string> FilesIn(string folder) => Directory.EnumerateFiles(folder)
        .Where(f => Extensions.Contains(System.IO.Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
        .Order(StringComparer.Ordinal);

    /// <summary>The pictures of some folders with their captions.</summary>
    /// <exception cref="GessoException">A folder without pictures, an unreadable caption, a missing mask.</exception>
    public static IReadOnlyList<TrainingPicture> In(IEnumerable<PictureFolder> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        List<TrainingPicture> pictures = [];
        foreach (var folder in folders)
        {
            folder.Validate();
            if (!Directory.Exists(folder.Path))
                throw GessoException.Invalid("folder_missing", $"There is no folder {folder.Path}. Give the folder with the pictures and their captions.");
            int before = pictures.Count;
            pictures.AddRange(FilesIn(folder.Path).Where(file => !folder.LeftOut.Contains(file)).Select(file => Of(file, folder)));
            if (pictures.Count == before)
                throw GessoException.Invalid("no_pictures", $"{folder.Path} holds no pictures ({string.Join(", ", Extensions)}).");
        }
        return pictures;
    }

    /// <summary>The same picture in another look; null: there is none.</summary>
    public TrainingPicture? Twin => Folder.Twins is null ? null : this with { Path = System.IO.Path.Combine(Folder.Twins, System.IO.Path.GetFileName(Path)), Mask = null };

    /// <summary>Decoded, upright, scaled to cover the bucket, its middle cut out.</summary>
    public RasterImage Load(Buckets.BucketFit fit, bool flipped) => Cropped(ImageFiles.Read(Path), fit, flipped);

    /// <summary>One channel, as large as the bucket, 255 where the picture counts; null: everywhere.</summary>
    public RasterImage? LoadMask(Buckets.BucketFit fit, bool flipped)
    {
        RasterImage? mask = null;
        if (Mask is not null)
            mask = Resampler.ToGrey(ImageFiles.Read(Mask));
        else if (Folder.AlphaMask && ImageFiles.Read(Path) is { Channels: 4 } picture)
            mask = new RasterImage(picture.Width, picture.Height, 1, [.. picture.Pixels.Where((_, i) => i % 4 == 3)]);
        return mask is null ? null : Cropped(mask, fit, flipped);
    }

    /// <summary>Changes when the picture, its mask, or what is cut out of it changes.</summary>
    public string ContentKey(Buckets.BucketFit fit, bool flipped)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(ImageFiles.ReadBytes(Path)));
        hash.AppendData(Mask is null ? [] : SHA256.HashData(ImageFiles.ReadBytes(Mask)));
        hash.AppendData(Encoding.UTF8.GetBytes($"{fit.Bucket} of {fit.Resized} flipped {flipped} alpha {Folder.AlphaMask} mask {Mask is not null}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static TrainingPicture Of(string file, PictureFolder folder)
    {
        string[] endings = folder.CaptionExtension is { } only ? [only] : [".txt", ".caption"];
        string? captionFile = endings.Select(e => System.IO.Path.ChangeExtension(file, e)).FirstOrDefault(File.Exists);
        string? mask = null;
        if (folder.Masks is not null)
        {
            string name = System.IO.Path.GetFileNameWithoutExtension(file);
            mask = Directory.Exists(folder.Masks) ? FilesIn(folder.Masks).FirstOrDefault(m => System.IO.Path.GetFileNameWithoutExtension(m) == name) : null;
            if (mask is null)
                throw GessoException.Invalid("mask_missing", $"{file} has no mask {name}.png in {folder.Masks}. Add one (white counts, black does not), or train without masks.");
        }
        return new TrainingPicture(file, captionFile is null ? folder.ClassTokens ?? "" : ReadCaption(captionFile), captionFile, mask, folder);
    }

    /// <summary>All of it, lines joined: kohya drops what stands behind the first line.</summary>
    private static string ReadCaption(string file)
    {
        try
        {
            return string.Join(' ', File.ReadAllText(file, new UTF8Encoding(false, throwOnInvalidBytes: true)).Split(['\r', '\n', '\uFEFF'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
        catch (DecoderFallbackException e)
        {
            throw GessoException.Invalid("caption_unreadable", $"{file} is not UTF-8 text. Save it as UTF-8.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid("caption_unreadable", $"{file} cannot be read: {e.Message}", e);
        }
    }

    private static RasterImage Cropped(RasterImage image, Buckets.BucketFit fit, bool flipped)
    {
        var scaled = Resampler.Resize(image, fit.Resized.Width, fit.Resized.Height);
        var (width, height, channels) = (fit.Bucket.Width, fit.Bucket.Height, image.Channels);
        int left = (scaled.Width - width) / 2, top = (scaled.Height - height) / 2;
        byte[] pixels = new byte[(long)width * height * channels];
        for (int y = 0; y < height; y++)
        {
            var row = scaled.Pixels.AsSpan(((top + y) * scaled.Width + left) * channels, width * channels);
            var target = pixels.AsSpan(y * width * channels, width * channels);
            for (int x = 0; x < width; x++)
                row.Slice((flipped ? width - 1 - x : x) * channels, channels).CopyTo(target[(x * channels)..]);
        }
        return new RasterImage(width, height, channels, pixels);
    }
}
