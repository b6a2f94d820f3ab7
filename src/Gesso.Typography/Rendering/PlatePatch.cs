using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;

namespace Gesso.Typography.Rendering;

/// <summary>
/// What text has covered, so that it can be taken off again exactly: every pixel that differs between the plate and the finished picture, and the hash of the
/// finished picture, by which a picture that was changed since is told. Spans of one row, bytes as differences to their left neighbour, deflated.
/// </summary>
public static class PlatePatch
{
    // "GPLT", version, channels, width, height, SHA-256 of the finished pixels, deflated spans
    private const uint Magic = 0x474C5054;
    private const byte Version = 1;
    private const int HashBytes = 32;
    internal const int HeaderBytes = 4 + 1 + 1 + 4 + 4 + HashBytes;

    /// <summary>Changed pixels with at most so many unchanged ones between them are one span: its head costs as much.</summary>
    private const int Bridge = 4;

    public static byte[] Make(RasterImage plate, RasterImage finished)
    {
        ArgumentNullException.ThrowIfNull(plate);
        ArgumentNullException.ThrowIfNull(finished);
        if (plate.Size != finished.Size || plate.Channels != finished.Channels)
            throw GessoException.Bug("patch_mismatch", $"Plate and finished picture differ in kind: {plate.Size} with {plate.Channels} channels, {finished.Size} with {finished.Channels}.");
        byte[] header = new byte[HeaderBytes];
        BinaryPrimitives.WriteUInt32BigEndian(header, Magic);
        header[4] = Version;
        header[5] = (byte)plate.Channels;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(6), plate.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(10), plate.Height);
        SHA256.HashData(finished.Pixels, header.AsSpan(14, HashBytes));
        using var bytes = new MemoryStream();
        bytes.Write(header);
        using (var packed = new ZLibStream(bytes, CompressionLevel.Optimal, leaveOpen: true))
            WriteSpans(packed, plate, finished);
        return bytes.ToArray();
    }

    /// <summary>The plate below a finished picture.</summary>
    /// <exception cref="GessoException"><c>plate_changed</c>: the picture is not the one that was saved; <c>plate_damaged</c>.</exception>
    public static RasterImage Restore(ReadOnlySpan<byte> patch, RasterImage finished)
    {
        ArgumentNullException.ThrowIfNull(finished);
        if (patch.Length < HeaderBytes || BinaryPrimitives.ReadUInt32BigEndian(patch) != Magic || patch[4] != Version)
            throw Damaged("it does not begin as one of this version does");
        int channels = patch[5];
        var size = new ImageSize(BinaryPrimitives.ReadInt32BigEndian(patch[6..]), BinaryPrimitives.ReadInt32BigEndian(patch[10..]));
        var picture = channels == 4 && finished.Channels == 3 ? WithAlpha(finished) : finished;
        if (picture.Size != size || picture.Channels != channels || !SHA256.HashData(picture.Pixels).AsSpan().SequenceEqual(patch.Slice(14, HashBytes)))
        {
            throw GessoException.Invalid(
                "plate_changed", "The picture was changed after its text was laid (cropped, scaled, recompressed or painted on), so the text cannot be taken off. Take the saved PNG itself, or lay text onto this picture with `gesso text render --on`.");
        }
        byte[] pixels = (byte[])picture.Pixels.Clone();
        try
        {
            using var packed = new ZLibStream(new MemoryStream(patch[HeaderBytes..].ToArray()), CompressionMode.Decompress);
            ReadSpans(packed, pixels, size, channels);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)                  // the latter: it ends too early or asks for a preset dictionary
        {
            throw Damaged(e.Message, e);
        }
        return new RasterImage(size.Width, size.Height, channels, pixels);
    }

    private static void WriteSpans(Stream packed, RasterImage plate, RasterImage finished)
    {
        int stride = plate.Width * plate.Channels, channels = plate.Channels;
        byte[] head = new byte[12];
        byte[] row = new byte[stride];
        for (int y = 0; y < plate.Height; y++)
        {
            var before = plate.Pixels.AsSpan(y * stride, stride);
            var after = finished.Pixels.AsSpan(y * stride, stride);
            for (int x = NextDifference(before, after, 0) / channels; x < plate.Width;)
            {
                int end = x + 1;
                while (end < plate.Width)
                {
                    int next = NextDifference(before, after, end * channels) / channels;
                    if (next >= plate.Width || next > end + Bridge)
                        break;
                    end = next + 1;
                }
                BinaryPrimitives.WriteInt32BigEndian(head, y);
                BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), x);
                BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(8), end - x);
                packed.Write(head);
                var span = before[(x * channels)..(end * channels)];
                for (int i = 0; i < span.Length; i++)
                    row[i] = (byte)(span[i] - (i < channels ? 0 : span[i - channels]));
                packed.Write(row, 0, span.Length);
                x = NextDifference(before, after, end * channels) / channels;
            }
        }
        BinaryPrimitives.WriteInt32BigEndian(head, -1);
        packed.Write(head, 0, 4);
    }

    private static void ReadSpans(Stream packed, byte[] pixels, ImageSize size, int channels)
    {
        byte[] head = new byte[12];
        long left = size.Pixels;                                                            // spans do not overlap: more than that was made to take time
        while (true)
        {
            packed.ReadExactly(head, 0, 4);
            int y = BinaryPrimitives.ReadInt32BigEndian(head);
            if (y == -1)
                return;
            packed.ReadExactly(head, 4, 8);
            int x = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4)), count = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(8));
            left -= count;
            if (y < 0 || y >= size.Height || x < 0 || count <= 0 || x > size.Width - count || left < 0)
                throw Damaged($"it names the pixels {x} to {(long)x + count} of row {y} in a picture of {size}");
            var span = pixels.AsSpan((y * size.Width + x) * channels, count * channels);
            packed.ReadExactly(span);
            for (int i = channels; i < span.Length; i++)
                span[i] += span[i - channels];
        }
    }

    private static int NextDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int from) => from >= a.Length ? a.Length : from + a[from..].CommonPrefixLength(b[from..]);

    /// <summary>Readers drop an alpha channel that is opaque everywhere.</summary>
    private static RasterImage WithAlpha(RasterImage picture)
    {
        byte[] rgba = new byte[picture.Width * picture.Height * 4];
        for (int i = 0, o = 0; o < rgba.Length; i += 3, o += 4)
        {
            picture.Pixels.AsSpan(i, 3).CopyTo(rgba.AsSpan(o));
            rgba[o + 3] = 255;
        }
        return new RasterImage(picture.Width, picture.Height, 4, rgba);
    }

    private static GessoException Damaged(string why, Exception? inner = null) =>
        GessoException.Invalid("plate_damaged", $"What the text covers cannot be read from this picture: {why}.", inner);
}
