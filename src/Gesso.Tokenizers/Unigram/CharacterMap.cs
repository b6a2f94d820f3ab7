using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Gesso.Tokenizers.Unicode;

namespace Gesso.Tokenizers.Unigram;

/// <summary>
/// SentencePiece's precompiled character map (layout: Gesso.Formats/SentencePiece/spec.md), applied as the reference does it, which is not
/// what SentencePiece does: each extended grapheme of fewer than six bytes is replaced whole by the SHORTEST entry that starts it
/// (so U+FF45 U+0301 loses its accent); where none does, each of its characters is looked up by itself.
/// </summary>
internal sealed class CharacterMap
{
    private const int WholeGraphemeLimit = 6;

    private readonly uint[] _trie;
    private readonly byte[] _replacements;
    private readonly string?[] _ascii = new string?[128];

    private CharacterMap(uint[] trie, byte[] replacements)
    {
        (_trie, _replacements) = (trie, replacements);
        for (var unit = 0; unit < _ascii.Length; unit++)
        {
            _ascii[unit] = Find([(byte)unit]);
        }
    }

    /// <summary>A map without entries.</summary>
    public static CharacterMap Empty { get; } = new([], []);

    /// <summary>Reads a map.</summary>
    /// <exception cref="FormatException">The sizes do not fit together.</exception>
    public static CharacterMap Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return Empty;
        }

        if (bytes.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var size && (size > bytes.Length - 4 || size % 4 != 0))
        {
            throw new FormatException($"the character map of {bytes.Length} bytes does not hold the trie it announces");
        }

        var trie = MemoryMarshal.Cast<byte, uint>(bytes.Slice(4, (int)size)).ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(trie, trie);
        }

        return new CharacterMap(trie, bytes[(4 + (int)size)..].ToArray());
    }

    /// <summary>Maps well-formed text that starts at <paramref name="offset"/> of the original.</summary>
    public MappedText Apply(ReadOnlySpan<char> text, int offset)
    {
        var result = new MappedText(text.Length + 8);
        for (var i = 0; i < text.Length;)
        {
            // two ASCII characters are two graphemes, but for CR LF
            if (text[i] < 0x80 && (i + 1 == text.Length || (text[i + 1] < 0x80 && text[i] != '\r')))
            {
                AppendAscii(result, text[i], offset + i);
                i++;
                continue;
            }

            var length = StringInfo.GetNextTextElementLength(text[i..]);
            AppendGrapheme(result, text.Slice(i, length), offset + i);
            i += length;
        }

        return result;
    }

    private void AppendAscii(MappedText result, char unit, int origin)
    {
        if (_ascii[unit] is { } replacement)
        {
            result.Append(replacement, origin);
        }
        else
        {
            result.Append(unit, origin);
        }
    }

    private void AppendGrapheme(MappedText result, ReadOnlySpan<char> grapheme, int origin)
    {
        // a UTF-16 unit is at least one byte, so a longer grapheme need not be counted
        Span<byte> bytes = stackalloc byte[3 * WholeGraphemeLimit];
        if (grapheme.Length < WholeGraphemeLimit && Encoding.UTF8.GetBytes(grapheme, bytes) is < WholeGraphemeLimit and var count
            && Find(bytes[..count]) is { } whole)
        {
            result.Append(whole, origin);
            return;
        }

        for (var i = 0; i < grapheme.Length;)
        {
            _ = Rune.DecodeFromUtf16(grapheme[i..], out var rune, out var consumed);
            if (Find(bytes[..rune.EncodeToUtf8(bytes)]) is { } replacement)
            {
                result.Append(replacement, origin + i);
            }
            else
            {
                result.Append(rune, origin + i);
            }

            i += consumed;
        }
    }

    /// <summary>The replacement of the shortest entry that starts the key, or null.</summary>
    private string? Find(ReadOnlySpan<byte> key)
    {
        if (_trie.Length == 0)
        {
            return null;
        }

        var position = Offset(_trie[0]);
        foreach (var value in key)
        {
            position ^= value;
            if (value == 0 || position >= _trie.Length)
            {
                return null;
            }

            var unit = _trie[position];
            if ((unit & 0x800000FF) != value)
            {
                return null;
            }

            position ^= Offset(unit);
            if ((unit & 0x100) != 0)
            {
                return position < _trie.Length ? Replacement((int)(_trie[position] & 0x7FFFFFFF)) : null;
            }
        }

        return null;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);

    private string? Replacement(int start)
    {
        if (start >= _replacements.Length)
        {
            return null;
        }

        var rest = _replacements.AsSpan(start);
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }
}
