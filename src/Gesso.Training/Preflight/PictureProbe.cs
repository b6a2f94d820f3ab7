using System.Numerics;
using System.Security.Cryptography;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Formats.Jpeg;
using Gesso.Training.Datasets;
using SkiaSharp;

namespace Gesso.Training.Preflight;

/// <summary>What a picture file turned out to be once it was decoded.</summary>
public sealed record PictureFacts
{
    public required TrainingPicture Picture { get; init; }

    /// <summary>Upright; null: it cannot be read.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>Why it cannot be read.</summary>
    public string? Problem { get; init; }

    public bool IsTransparent { get; init; }

    /// <summary>More than one: it is an animation.</summary>
    public int Frames { get; init; } = 1;

    /// <summary>Printing colours, which are converted without their profile.</summary>
    public bool IsCmyk { get; init; }

    /// <summary>EXIF says to turn it.</summary>
    public bool IsTurned { get; init; }

    /// <summary>Of its pixels: equal pictures in different files have it in common.</summary>
    public string PixelHash { get; init; } = "";

    /// <summary>256 bits: is a cell brighter than the one to its right? Nearly equal pictures differ in a few.</summary>
    public IReadOnlyList<ulong> Likeness { get; init; } = [];

    public int DistanceTo(PictureFacts other) => Likeness.Zip(other.Likeness, (a, b) => BitOperations.PopCount(a ^ b)).Sum();
}

/// <summary>Decodes a picture and keeps what is worth knowing of it.</summary>
internal static class PictureProbe
{
    private const int Cells = 16;

    public static PictureFacts Probe(TrainingPicture picture)
    {
        try
        {
            byte[] bytes = ImageFiles.ReadBytes(picture.Path);
            var image = ImageFiles.Decode(bytes, Path.GetFileName(picture.Path));
            using var data = SKData.CreateCopy(bytes);
            using var codec = SKCodec.Create(data);
            return new PictureFacts
            {
                Picture = picture,
                Size = image.Size,
                IsTransparent = image.Channels == 4,
                Frames = Math.Max(1, codec.FrameCount),
                IsCmyk = JpegFrame.Find(bytes) is { Components: 4 },
                IsTurned = codec.EncodedOrigin is not (SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default),
                PixelHash = HashOf(image),
                Likeness = LikenessOf(image),
            };
        }
        catch (GessoException e)
        {
            return new PictureFacts { Picture = picture, Problem = e.Message };
        }
    }

    private static string HashOf(RasterImage image)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(image.Width));
        hash.AppendData(BitConverter.GetBytes(image.Channels));
        hash.AppendData(image.Pixels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The difference hash (dHash) on 17 × 16 cells of grey; a step must exceed two levels of brightness, so that flat ground says nothing.</summary>
    private static ulong[] LikenessOf(RasterImage image)
    {
        var grey = Resampler.Resize(Resampler.ToGrey(Resampler.ToRgb(image)), Cells + 1, Cells);
        ulong[] bits = new ulong[Cells * Cells / 64];
        for (int y = 0; y < Cells; y++)
        {
            for (int x = 0; x < Cells; x++)
            {
                int at = y * (Cells + 1) + x;
                if (grey.Pixels[at] > grey.Pixels[at + 1] + 2)
                    bits[(y * Cells + x) / 64] |= 1UL << ((y * Cells + x) % 64);
            }
        }
        return bits;
    }
}
