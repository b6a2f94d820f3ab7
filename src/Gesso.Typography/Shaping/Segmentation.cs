using System.Globalization;
using System.Reflection;
using System.Text;
using Gesso.Contracts.Errors;
using ICU4N;
using ICU4N.Text;

namespace Gesso.Typography.Shaping;

/// <summary>Where a text may be divided.</summary>
internal static class Segmentation
{
    private static readonly Lock s_gate = new();
    private static readonly Lazy<BreakIterator> s_lines = new(LineRules);

    /// <summary>Starts of what a reader calls a character (UAX #29, the runtime's tables).</summary>
    public static int[] Graphemes(string text) => StringInfo.ParseCombiningCharacters(text);

    /// <summary>
    /// Places where a line may end: the index after them, in order, the text's length last (UAX #14 by ICU, with its dictionaries for Thai, Lao, Khmer and
    /// Burmese). Korean words stay whole, so does "12 €", and a soft hyphen is no place, as no hyphen would be drawn.
    /// </summary>
    public static List<int> LineBreaks(string text)
    {
        List<int> breaks = [];
        lock (s_gate)
        {
            var lines = s_lines.Value;
            lines.SetText(text);
            lines.First();
            try
            {
                for (int at = lines.Next(); at != BreakIterator.Done; at = lines.Next())
                    breaks.Add(at);
            }
            catch (TypeInitializationException e)
            {
                throw GessoException.Unavailable(
                    "culture_data", "Thai, Lao, Khmer and Burmese need culture names, which this program forbids: set PredefinedCulturesOnly to false in its project file.", e);
            }
        }
        breaks.RemoveAll(at => at < text.Length && (text[at - 1] == '\u00AD' || (IsHangul(text, at - 1) && IsHangul(text, at)) || IsAmount(text, at)));
        if (breaks.Count == 0 || breaks[^1] != text.Length)
            breaks.Add(text.Length);
        return breaks;
    }

    /// <summary>Unicode's name of a character, for messages; empty where it has none.</summary>
    public static string Name(Rune rune)
    {
        string? name = UChar.GetName(rune.Value);
        return string.IsNullOrEmpty(name) ? "" : name;
    }

    /// <summary>ICU's rules of the root locale, which are the strict ones for Japanese; read as they are, because cultures may be switched off.</summary>
    private static RuleBasedBreakIterator LineRules()
    {
        using var rules = Assembly.Load(new AssemblyName("ICU4N.resources")).GetManifestResourceStream("data.brkitr.line.brk")
            ?? throw GessoException.Bug("line_rules_missing", "ICU4N.resources has no rules for lines.");
        return RuleBasedBreakIterator.GetInstanceFromCompiledRules(rules);
    }

    /// <summary>A number, a blank, and a currency or percent sign.</summary>
    private static bool IsAmount(string text, int at) =>
        at >= 2 && text[at - 1] == ' ' && char.IsDigit(text[at - 2]) && (text[at] is '%' or '‰' || char.GetUnicodeCategory(text[at]) == UnicodeCategory.CurrencySymbol);

    private static bool IsHangul(string text, int at) => !char.IsSurrogate(text[at]) && Scripts.Of(new Rune(text[at])) == Scripts.Hangul;
}
