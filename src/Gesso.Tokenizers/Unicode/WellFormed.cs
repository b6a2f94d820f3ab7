using System.Text;

namespace Gesso.Tokenizers.Unicode;

/// <summary>Text that UTF-8 can carry: the reference refuses lone surrogates, Gesso reads each as U+FFFD.</summary>
internal static class WellFormed
{
    /// <summary>The same text when it has no lone surrogate, else a copy of equal length.</summary>
    public static string Text(string text)
    {
        char[]? copy = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
                continue;
            }

            copy ??= text.ToCharArray();
            copy[i] = (char)Rune.ReplacementChar.Value;
        }

        return copy is null ? text : new string(copy);
    }
}
