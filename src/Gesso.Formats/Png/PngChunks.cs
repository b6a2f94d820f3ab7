using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Unicode;

namespace Gesso.Formats.Png;

/// <summary>
/// Reads and inserts the text chunks of PNG pictures (specification, section 11.3.3; one page: spec.md beside this file). Pixels are not touched.
/// </summary>
public static class PngChunks
{
    /// <summary>What compressed text (zTXt, iTXt) of one picture may unpack to, all together: a few kilobytes could unpack to gigabytes.</summary>
    public const int MaxUnpackedBytes = 8 << 20;

    private const int MaxKeywordBytes = 79;

    /// <summary>The longest text written: below the 2^31 - 1 bytes of a chunk even at three bytes of UTF-8 per character.</summary>
    private const int MaxTextLength = 1 << 29;

    /// <summary>All text of tEXt, zTXt and iTXt chunks in their order; language tags and translated keywords of iTXt are left out.</summary>
    /// <exception cref="TensorFileException">
    /// <c>bad_png</c>: not a PNG picture, cut off, or a wrong checksum in any chunk. <c>bad_png_text</c>: a text chunk that breaks the specification, or
    /// unpacks to more than <see cref="MaxUnpackedBytes"/>.
    /// </exception>
    public static IReadOnlyList<PngText> ReadText(ReadOnlySpan<byte> png)
    {
        var texts = new List<PngText>();
        var reader = new PngChunkReader(png);
        var unpackedLeft = MaxUnpackedBytes;
        while (reader.Read())
        {
            if (reader.Name.SequenceEqual("tEXt"u8))
                texts.Add(new PngText(Keyword(reader.Data, out var text), System.Text.Encoding.Latin1.GetString(text)));
            else if (reader.Name.SequenceEqual("zTXt"u8))
                texts.Add(Compressed(reader.Data, ref unpackedLeft));
            else if (reader.Name.SequenceEqual("iTXt"u8))
                texts.Add(International(reader.Data, ref unpackedLeft));
        }

        return texts;
    }

    /// <summary>Reads a stream to its end and takes its text, as <see cref="ReadText(ReadOnlySpan{byte})"/> does.</summary>
    public static IReadOnlyList<PngText> ReadText(Stream png)
    {
        ArgumentNullException.ThrowIfNull(png);
        using var bytes = new MemoryStream();
        png.CopyTo(bytes);
        return ReadText(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    /// <summary>
    /// A copy of the picture with text chunks behind IHDR, in the order given: tEXt where the text is Latin-1, else uncompressed iTXt. Text that the picture
    /// has already stays.
    /// </summary>
    /// <exception cref="TensorFileException"><c>bad_png</c>: as for reading. <c>bad_png_text</c>: a keyword or text that PNG cannot hold.</exception>
    public static byte[] WithText(ReadOnlySpan<byte> png, IEnumerable<PngText> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var reader = new PngChunkReader(png);
        reader.Read();
        var afterHeader = reader.End;
        while (reader.Read())
        {
            // Only to be sure that the picture is whole.
        }

        using var chunks = new MemoryStream();
        foreach (var text in texts)
            WriteChunk(chunks, text);
        if (chunks.Length > Array.MaxLength - png.Length)
            throw BadText($"the picture would have {png.Length + chunks.Length} bytes with its text; at most {Array.MaxLength} are possible.");
        var result = new byte[png.Length + chunks.Length];
        png[..afterHeader].CopyTo(result);
        chunks.GetBuffer().AsSpan(0, (int)chunks.Length).CopyTo(result.AsSpan(afterHeader));
        png[afterHeader..].CopyTo(result.AsSpan(afterHeader + (int)chunks.Length));
        return result;
    }

    private static PngText Compressed(ReadOnlySpan<byte> data, ref int unpackedLeft)
    {
        var keyword = Keyword(data, out var rest);
        return new PngText(keyword, System.Text.Encoding.Latin1.GetString(Unpack(keyword, rest, ref unpackedLeft)));
    }

    /// <summary>Keyword, NUL, compression flag, compression method, language tag, NUL, translated keyword, NUL, UTF-8.</summary>
    private static PngText International(ReadOnlySpan<byte> data, ref int unpackedLeft)
    {
        var keyword = Keyword(data, out var rest);
        if (rest.Length < 2 || rest[0] > 1)
            throw BadText($"the iTXt chunk {TensorFileException.Quote(keyword)} has no compression flag of 0 or 1.");
        var packed = rest[0] == 1;
        var method = rest[1..2];
        var language = rest[2..].IndexOf((byte)0);
        var translated = language < 0 ? -1 : rest[(2 + language + 1)..].IndexOf((byte)0);
        if (translated < 0)
            throw BadText($"the iTXt chunk {TensorFileException.Quote(keyword)} ends inside its language tag or translated keyword.");
        var text = rest[(2 + language + 1 + translated + 1)..];
        if (packed)
            text = Unpack(keyword, [.. method, .. text], ref unpackedLeft);
        return Utf8.IsValid(text)
            ? new PngText(keyword, System.Text.Encoding.UTF8.GetString(text))
            : throw BadText($"the iTXt chunk {TensorFileException.Quote(keyword)} is not valid UTF-8.");
    }

    /// <summary>The keyword before the first NUL, and what follows it.</summary>
    private static string Keyword(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> rest)
    {
        var end = data[..Math.Min(data.Length, MaxKeywordBytes + 1)].IndexOf((byte)0);
        if (end < 1)
            throw BadText($"a text chunk must start with a keyword of 1 to {MaxKeywordBytes} bytes and a NUL.");
        rest = data[(end + 1)..];
        return System.Text.Encoding.Latin1.GetString(data[..end]);
    }

    /// <summary>Compression method (0: zlib) and the packed bytes.</summary>
    private static byte[] Unpack(string keyword, ReadOnlySpan<byte> data, ref int unpackedLeft)
    {
        if (data.IsEmpty || data[0] != 0)
            throw BadText($"the text {TensorFileException.Quote(keyword)} has an unknown compression method; PNG knows only 0 (zlib).");
        using var unpacked = new MemoryStream();
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(data[1..].ToArray()), CompressionMode.Decompress);
            var buffer = new byte[4096];
            for (int count; (count = zlib.Read(buffer)) > 0;)
            {
                unpackedLeft -= count;
                if (unpackedLeft < 0)
                    throw BadText($"the compressed texts unpack to more than {MaxUnpackedBytes} bytes; this picture is made to fill memory.");
                unpacked.Write(buffer, 0, count);
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException)          // the latter: it asks for a preset dictionary
        {
            throw BadText($"the text {TensorFileException.Quote(keyword)} cannot be unpacked: {error.Message}", error);
        }

        // ZLibStream takes a stream that is cut off for one that ends; the check sum at its end tells them apart.
        var result = unpacked.ToArray();
        return data.Length >= 5 && BinaryPrimitives.ReadUInt32BigEndian(data[^4..]) == Adler32(result)
            ? result
            : throw BadText($"the text {TensorFileException.Quote(keyword)} cannot be unpacked: it was cut off.");
    }

    /// <summary>The check sum of zlib (RFC 1950): sums of bytes and of those sums, modulo 65521.</summary>
    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        var (sum, sums) = (1u, 0u);
        foreach (var b in bytes)
        {
            sum = (sum + b) % 65521;
            sums = (sums + sum) % 65521;
        }

        return sums << 16 | sum;
    }

    private static void WriteChunk(MemoryStream chunks, PngText text)
    {
        Validate(text);
        var latin = IsLatin1(text.Text);
        var prefix = latin ? System.Text.Encoding.Latin1.GetBytes(text.Keyword + '\0') : System.Text.Encoding.Latin1.GetBytes(text.Keyword + "\0\0\0\0\0");
        var body = (latin ? System.Text.Encoding.Latin1 : System.Text.Encoding.UTF8).GetBytes(text.Text);
        var chunk = new byte[PngChunkReader.FrameBytes + prefix.Length + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, prefix.Length + body.Length);
        (latin ? "tEXt"u8 : "iTXt"u8).CopyTo(chunk.AsSpan(4));
        prefix.CopyTo(chunk, 8);
        body.CopyTo(chunk, 8 + prefix.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32.Of(chunk.AsSpan(4, chunk.Length - 8)));
        chunks.Write(chunk);
    }

    private static void Validate(PngText text)
    {
        var keyword = text.Keyword;
        var printable = keyword.Length is >= 1 and <= MaxKeywordBytes && keyword.All(c => c is >= ' ' and <= '~' or > '\u00A0' and <= '\u00FF');
        if (!printable || keyword[0] == ' ' || keyword[^1] == ' ' || keyword.Contains("  ", StringComparison.Ordinal))
        {
            throw BadText(
                $"the keyword {TensorFileException.Quote(keyword)} must be 1 to {MaxKeywordBytes} printable Latin-1 characters, without a space at either "
                + "end or two in a row.");
        }

        if (text.Text.Length > MaxTextLength)
            throw BadText($"the text of {TensorFileException.Quote(keyword)} has {text.Text.Length} characters; at most {MaxTextLength} are written.");
        if (text.Text.Contains('\0', StringComparison.Ordinal) || !TensorDeclaration.IsValidText(text.Text))
            throw BadText($"the text of {TensorFileException.Quote(keyword)} holds a NUL or half a surrogate pair, which PNG cannot store.");
    }

    /// <summary>True when every character means the same in Latin-1; control characters other than tab and line feed are left to UTF-8.</summary>
    private static bool IsLatin1(string text) => text.All(c => c is >= ' ' and <= '~' or >= '\u00A0' and <= '\u00FF' or '\n' or '\t');

    private static TensorFileException BadText(string problem, Exception? inner = null) =>
        new(TensorFileCodes.BadPngText, $"PNG text: {problem}", inner);
}
