using System.Text;

namespace Gesso.Tokenizers.Unicode;

/// <summary>Text under construction in which each UTF-16 unit remembers the place in the original text that it came from.</summary>
internal sealed class MappedText(int capacity = 64)
{
    private char[] _chars = new char[Math.Max(capacity, 16)];
    private int[] _origins = new int[Math.Max(capacity, 16)];

    public int Length { get; private set; }

    public ReadOnlySpan<char> Text => _chars.AsSpan(0, Length);

    /// <summary>Index in the original text of the unit at <paramref name="index"/>.</summary>
    public int Origin(int index) => _origins[index];

    public void Append(char unit, int origin)
    {
        if (Length == _chars.Length)
        {
            Grow(Length + 1);
        }

        _chars[Length] = unit;
        _origins[Length++] = origin;
    }

    public void Append(scoped ReadOnlySpan<char> units, int origin)
    {
        if (Length + units.Length > _chars.Length)
        {
            Grow(Length + units.Length);
        }

        units.CopyTo(_chars.AsSpan(Length));
        _origins.AsSpan(Length, units.Length).Fill(origin);
        Length += units.Length;
    }

    public void Append(Rune rune, int origin)
    {
        Span<char> units = stackalloc char[2];
        Append(units[..rune.EncodeToUtf16(units)], origin);
    }

    /// <summary>Shortens to <paramref name="length"/> units.</summary>
    public void Cut(int length) => Length = length;

    private void Grow(int least)
    {
        var size = Math.Max(least, 2 * _chars.Length);
        Array.Resize(ref _chars, size);
        Array.Resize(ref _origins, size);
    }
}
