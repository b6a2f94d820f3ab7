using System.IO.Compression;
using System.Text;

namespace Gesso.Server.Pictures;

/// <summary>Text chunks of a PNG by keyword (tEXt, zTXt, iTXt); whatever is damaged or absurdly long is left out.</summary>
internal static class PngTexts
{
    private const int LongestText = 1 << 20;
    private const int SignatureLength = 8;

    public static Dictionary<string, string> Read(ReadOnlySpan<byte> file)
    {
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        if (!PngHeader.Matches(file))
            return texts;
        for (var rest = file[SignatureLength..]; PngHeader.TryChunk(rest, out var type, out var data, out int length); rest = rest[length..])
        {
            int end = data.IndexOf((byte)0);
            if (end is < 1 or > 79)
                continue;
            string? text = type.SequenceEqual("tEXt"u8) ? Encoding.Latin1.GetString(data[(end + 1)..])
                : type.SequenceEqual("zTXt"u8) && data.Length > end + 2 ? Inflate(data[(end + 2)..], Encoding.Latin1)
                : type.SequenceEqual("iTXt"u8) ? International(data[(end + 1)..])
                : null;
            if (text is { Length: <= LongestText })
                texts[Encoding.Latin1.GetString(data[..end])] = text;
        }
        return texts;
    }

    /// <summary>Behind the keyword: compression flag and method, language and translated keyword, each ended by 0, then the text.</summary>
    private static string? International(ReadOnlySpan<byte> data)
    {
        if (data.Length < 2)
            return null;
        bool isCompressed = data[0] == 1;
        data = data[2..];
        for (int i = 0; i < 2; i++)
        {
            int end = data.IndexOf((byte)0);
            if (end < 0)
                return null;
            data = data[(end + 1)..];
        }
        return isCompressed ? Inflate(data, Encoding.UTF8) : Encoding.UTF8.GetString(data);
    }

    /// <summary>Null: damaged, or more than a text ever is.</summary>
    private static string? Inflate(ReadOnlySpan<byte> data, Encoding encoding)
    {
        using MemoryStream source = new(data.ToArray());
        using ZLibStream inflated = new(source, CompressionMode.Decompress);
        byte[] text = new byte[LongestText + 1];
        try
        {
            int length = inflated.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            return length > LongestText ? null : encoding.GetString(text, 0, length);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)                  // the latter: it asks for a preset dictionary
        {
            return null;
        }
    }
}
