namespace Gesso.Contracts.Images;

/// <summary>
/// An uncompressed picture: rows top to bottom, interleaved 8-bit channels without padding.
/// <see cref="Channels"/> is 1 (grey or mask), 3 (RGB) or 4 (RGBA, straight alpha); <see cref="Pixels"/> has Width · Height · Channels bytes.
/// </summary>
public sealed class RasterImage
{
    public RasterImage(int width, int height, int channels, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (channels is not (1 or 3 or 4))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "A picture has 1 (grey), 3 (RGB) or 4 (RGBA) channels.");
        if (pixels.LongLength != (long)width * height * channels)
            throw new ArgumentException($"A {width}x{height} picture with {channels} channels has {(long)width * height * channels} bytes; got {pixels.LongLength}.", nameof(pixels));
        Width = width;
        Height = height;
        Channels = channels;
        Pixels = pixels;
    }

    public int Width { get; }

    public int Height { get; }

    public int Channels { get; }

    public byte[] Pixels { get; }

    public ImageSize Size => new(Width, Height);
}
