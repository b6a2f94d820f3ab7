using System.Runtime.InteropServices;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using SkiaSharp;

namespace Gesso.Cli.Rendering;

/// <summary>iTerm2 inline images (iterm2.com/documentation-images.html): <c>OSC 1337 ; File = keys : base64 BEL</c> with the bytes of a PNG file.</summary>
internal static class ITermImage
{
    /// <param name="image">3 channels; the terminal scales it into the cells and keeps its proportions.</param>
    /// <param name="layout">The cells to cover.</param>
    public static string Encode(RasterImage image, CellLayout layout)
    {
        byte[] png = Png(image);
        return $"\e]1337;File=inline=1;size={png.Length};width={layout.Columns};height={layout.Rows};preserveAspectRatio=1:{Convert.ToBase64String(png)}\a";
    }

    private static byte[] Png(RasterImage image)
    {
        byte[] rgba = new byte[image.Width * image.Height * 4];
        for (int i = 0; i < image.Width * image.Height; i++)
        {
            image.Pixels.AsSpan(i * 3, 3).CopyTo(rgba.AsSpan(i * 4));
            rgba[i * 4 + 3] = 255;
        }
        var info = new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        GCHandle pinned = GCHandle.Alloc(rgba, GCHandleType.Pinned);
        try
        {
            using var pixmap = new SKPixmap(info, pinned.AddrOfPinnedObject());
            // Level 1: the file lives for one screen, time counts more than bytes.
            using SKData? data = pixmap.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.Sub, 1));
            return data?.ToArray()
                ?? throw GessoException.Bug("preview_png_failed", $"The preview of {image.Size} could not be written as PNG; try --preview blocks.");
        }
        finally
        {
            pinned.Free();
        }
    }
}
