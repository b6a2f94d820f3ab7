using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Typography.Document;
using Gesso.Typography.Shaping;

namespace Gesso.Typography.Fonts;

/// <summary>
/// Which font draws what: the families of a layer in their order, then the fonts for the script, Han by language, then anything that is bundled or installed.
/// </summary>
internal sealed class FontChain
{
    private static readonly string[] s_emoji = ["Noto Color Emoji", "Apple Color Emoji", "Segoe UI Emoji"];

    private readonly FontLibrary _library;
    private readonly LayerFont _font;
    private readonly string? _language;
    private readonly List<FontFace> _asked;
    private readonly Dictionary<uint, List<FontFace>> _forScript = [];

    /// <param name="language">The layer's; null: seen from the text.</param>
    public FontChain(FontLibrary library, LayerFont font, string? language, string text)
    {
        _library = library;
        _font = font;
        _language = language ?? Guess(text);
        IReadOnlyList<string> families = font.Families.Count > 0 ? font.Families : [FontSets.Default];
        _asked = [.. families.Select(family => library.Face(family, font.Weight, font.Italic))];
    }

    /// <summary>The font whose metrics lines have at least.</summary>
    public FontFace First => _asked[0];

    /// <summary>The font for a grapheme.</summary>
    /// <exception cref="GessoException"><c>missing_glyph</c>, naming the character and the fonts that were tried.</exception>
    public FontFace For(ReadOnlySpan<char> grapheme, uint script)
    {
        Rune.DecodeFromUtf16(grapheme, out Rune first, out _);
        if (Scripts.IsEmoji(first) || grapheme.Contains('\uFE0F'))
        {
            foreach (string family in s_emoji)
            {
                if (_library.TryAnywhere(family, _font.Weight) is { } emoji && Covers(emoji, grapheme))
                    return emoji;
            }
        }
        foreach (var face in _asked)
        {
            if (Covers(face, grapheme))
                return face;
        }
        foreach (var face in ForScript(script))
        {
            if (Covers(face, grapheme))
                return face;
        }
        foreach (var face in _library.Every(_font.Weight, _font.Italic))
        {
            if (Covers(face, grapheme))
                return face;
        }
        throw Missing(grapheme, script);
    }

    internal GessoException Missing(ReadOnlySpan<char> grapheme, uint script)
    {
        var tried = _asked.Concat(ForScript(script)).ToList();
        string text = grapheme.ToString();
        var lost = text.EnumerateRunes().FirstOrDefault(rune => !Scripts.IsIgnorable(rune) && !tried.Any(face => face.Covers(rune.Value)));
        if (lost.Value == 0)
            lost = text.EnumerateRunes().First();
        string name = Segmentation.Name(lost);
        string how = Scripts.IsCjk(script) || Scripts.IsCjk(Scripts.Of(lost)) || lost.Value is >= 0x3000 and <= 0x303F
            ? "`gesso fonts add cjk` brings fonts for Han, Kana and Hangul."
            : Scripts.IsEmoji(lost) ? "`gesso fonts add FILE` adds a font, for example Noto Color Emoji." : "`gesso fonts add FILE` adds a font that has it.";
        return GessoException.Invalid(
            "missing_glyph", $"No font has U+{lost.Value:X4}{(name.Length > 0 ? $" {name}" : "")} ({text}); tried {string.Join(", ", tried.Select(f => f.Title).Distinct())}. {how}");
    }

    /// <summary>What the language is, as far as the choice of Han forms needs it.</summary>
    private static string? Guess(string text)
    {
        bool han = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            uint script = Scripts.Of(rune);
            if (script == Scripts.Hiragana || script == Scripts.Katakana)
                return "ja";
            if (script == Scripts.Hangul)
                return "ko";
            if (script == Scripts.Bopomofo)
                return "zh-Hant";
            han |= script == Scripts.Han;
        }
        return han ? "zh-Hans" : null;
    }

    private List<FontFace> ForScript(uint script)
    {
        if (!_forScript.TryGetValue(script, out var faces))
        {
            faces = [.. FontSets.ForScript(script, _language).Select(family => _library.TryFace(family, _font.Weight, _font.Italic)).OfType<FontFace>()];
            _forScript.Add(script, faces);
        }
        return faces;
    }

    /// <summary>Every character of it, or of its composed form, which HarfBuzz tries too.</summary>
    private static bool Covers(FontFace face, ReadOnlySpan<char> grapheme)
    {
        if (CoversAll(face, grapheme))
            return true;
        if (grapheme.Length < 2)
            return false;
        string composed = grapheme.ToString().Normalize(NormalizationForm.FormC);
        return !grapheme.SequenceEqual(composed) && CoversAll(face, composed);
    }

    private static bool CoversAll(FontFace face, ReadOnlySpan<char> text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!Scripts.IsIgnorable(rune) && rune.Value is not ('\n' or '\t') && !face.Covers(rune.Value))
                return false;
        }
        return true;
    }
}
