using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Server.Errors;

namespace Gesso.Server.Jobs;

/// <summary>Which size a picture gets: as asked, as the picture to draw on, or the model's own; in steps that the model can draw.</summary>
internal static class PictureSizing
{
    public const int LargestSide = 8192;

    /// <param name="asked">Null: free.</param>
    /// <param name="source">Size of the picture to draw on.</param>
    /// <param name="card">Null: not known yet, the worker decides what is left open.</param>
    /// <param name="maxPixels">The caller's limit.</param>
    /// <param name="warnings">Told when the size is adjusted.</param>
    /// <exception cref="ApiException">400 <c>invalid_value</c> for <c>size</c>.</exception>
    public static ImageSize? Choose(ImageSize? asked, ImageSize? source, ModelCard? card, long maxPixels, ICollection<string> warnings)
    {
        if (asked is { } size)
            return Asked(size, card, maxPixels, warnings);
        if (card is null)
            return source is { } known && known.Pixels > maxPixels ? Scale(known, maxPixels, 16) : null;
        // a photograph of many megapixels would take hours: it is drawn on at the size the model is made for
        long most = Math.Min(maxPixels, card.Defaults.Size.Pixels);
        if (source is { } given)
            return Scale(given, Math.Min(most, given.Pixels), card.PixelStep);
        return card.Defaults.Size.Pixels > maxPixels ? Scale(card.Defaults.Size, maxPixels, card.PixelStep) : card.Defaults.Size;
    }

    private static ImageSize Asked(ImageSize size, ModelCard? card, long maxPixels, ICollection<string> warnings)
    {
        int step = card?.PixelStep ?? 1;
        if (size.Width < step || size.Height < step || size.Width > LargestSide || size.Height > LargestSide)
            throw ApiException.Invalid("size", "invalid_value", $"size: expected sides from {step} to {LargestSide} pixels, got {size}.");
        if (size.Pixels > maxPixels)
            throw ApiException.Invalid("size", "invalid_value", $"size: expected at most {maxPixels} pixels, got {size} ({size.Pixels}). Draw smaller.");
        ImageSize fitting = new(size.Width / step * step, size.Height / step * step);
        if (fitting != size)
            warnings.Add($"size: {size} becomes {fitting}, because sides are multiples of {step}.");
        return fitting;
    }

    /// <summary>The same shape with about that many pixels, in whole steps, never more.</summary>
    private static ImageSize Scale(ImageSize size, long pixels, int step)
    {
        double factor = Math.Min(1, Math.Sqrt(pixels / (double)size.Pixels));
        return new ImageSize(Side(size.Width), Side(size.Height));

        int Side(int side) => (int)Math.Clamp((long)(side * factor / step) * step, step, LargestSide / step * step);
    }
}
