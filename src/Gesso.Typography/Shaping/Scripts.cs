using System.Text;
using HarfBuzzSharp;

namespace Gesso.Typography.Shaping;

/// <summary>What a script needs to be set well, by its ISO 15924 tag. Properties of characters are HarfBuzz's (Unicode 17).</summary>
internal static class Scripts
{
    public static readonly uint Latin = Script.Latin;
    public static readonly uint Greek = Script.Greek;
    public static readonly uint Cyrillic = Script.Cyrillic;
    public static readonly uint Arabic = Script.Arabic;
    public static readonly uint Hebrew = Script.Hebrew;
    public static readonly uint Devanagari = Script.Devanagari;
    public static readonly uint Thai = Script.Thai;
    public static readonly uint Han = Script.Han;
    public static readonly uint Hiragana = Script.Hiragana;
    public static readonly uint Katakana = Script.Katakana;
    public static readonly uint Hangul = Script.Hangul;
    public static readonly uint Bopomofo = Script.Bopomofo;

    private static readonly uint s_inherited = Script.Inherited;
    private static readonly uint s_common = Script.Common;
    private static readonly uint s_unknown = Script.Unknown;

    // CSS Text 3, "cursive scripts"; and those whose letters hang from one line
    private static readonly HashSet<uint> s_joined =
    [
        Arabic, Script.Syriac, Script.Mandaic, Script.Mongolian, Script.Nko, Script.PhagsPa, Script.HanifiRohingya,
        Devanagari, Script.Bengali, Script.Gurmukhi,
    ];

    private static readonly HashSet<uint> s_tall = [Arabic, Devanagari, Thai, Script.Lao, Script.Khmer, Script.Myanmar, Script.Tibetan, Script.Bengali, Script.Tamil];

    public static uint Of(Rune rune) => UnicodeFunctions.Default.GetScript(rune.Value);

    /// <summary>Digits, punctuation, blanks, marks: they go with their neighbours.</summary>
    public static bool IsCommon(uint script) => script == s_inherited || script == s_common || script == s_unknown;

    public static bool IsCjk(uint script) => script == Han || script == Hiragana || script == Katakana || script == Hangul || script == Bopomofo;

    /// <summary>Tracking would tear the letters apart.</summary>
    public static bool IsJoined(uint script) => s_joined.Contains(script);

    /// <summary>Marks above and below need the distance of lines that the font gives.</summary>
    public static bool IsTall(uint script) => s_tall.Contains(script);

    /// <summary>Stands upright in a column (Unicode's Vertical_Orientation U and Tu, for what posters hold).</summary>
    public static bool IsUpright(Rune rune) => IsCjk(Of(rune)) || rune.Value is (>= 0x3000 and <= 0x303F) or (>= 0xFF01 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) || IsEmoji(rune);

    /// <summary>Whether a language is written from right to left in its own script; then paragraphs are, whatever their first letter.</summary>
    public static bool IsRightToLeft(string? language)
    {
        string[] parts = (language ?? "").Split('-');
        return parts[0].ToLowerInvariant() is "ar" or "he" or "iw" or "fa" or "ur" or "ps" or "ug" or "yi" or "sd" or "ckb" or "dv"
            && !parts.Contains("Latn", StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Drawn as a picture by default, or part of such a sequence.</summary>
    public static bool IsEmoji(Rune rune) => rune.Value is (>= 0x1F1E6 and <= 0x1F1FF) or (>= 0x1F300 and <= 0x1FAFF) or 0x1F004 or 0x1F0CF or (>= 0x1F18E and <= 0x1F19A);

    /// <summary>Nothing is drawn for it, so that no font needs to have it.</summary>
    public static bool IsIgnorable(Rune rune) => rune.Value is 0x00AD or 0x034F or 0x061C or 0x180E
        or (>= 0x200B and <= 0x200F) or (>= 0x202A and <= 0x202E) or (>= 0x2060 and <= 0x206F) or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF or (>= 0xE0000 and <= 0xE0FFF);
}
