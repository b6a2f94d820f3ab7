namespace Gesso.Tokenizers.Bpe;

/// <summary>
/// The printable stand-in of each byte in byte-level vocabularies (openai/gpt-2 <c>encoder.py</c>, <c>bytes_to_unicode</c>):
/// printable Latin-1 stands for itself, the other 68 bytes for U+0100 onwards.
/// </summary>
internal static class ByteLevelAlphabet
{
    /// <summary>Stand-in by byte.</summary>
    public static readonly char[] CharOf = new char[256];

    /// <summary>The bytes in the order in which a vocabulary lists them: printable ones first.</summary>
    public static readonly byte[] Order = new byte[256];

    static ByteLevelAlphabet()
    {
        var position = 0;
        for (var value = 0; value < 256; value++)
        {
            if (IsPrintable(value))
            {
                CharOf[value] = (char)value;
                Order[position++] = (byte)value;
            }
        }

        var spare = 0x100;
        for (var value = 0; value < 256; value++)
        {
            if (!IsPrintable(value))
            {
                CharOf[value] = (char)spare++;
                Order[position++] = (byte)value;
            }
        }
    }

    private static bool IsPrintable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
}
