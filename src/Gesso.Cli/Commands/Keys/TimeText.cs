using System.Globalization;
using Gesso.Contracts.Errors;

namespace Gesso.Cli.Commands.Keys;

/// <summary>Lengths of time as people type them: <c>90s</c>, <c>30m</c>, <c>12h</c>, <c>7d</c>.</summary>
internal static class TimeText
{
    private const double MostDays = 36_500;

    public static TimeSpan Parse(string option, string text)
    {
        double days = text.Length < 2 || !double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? double.NaN : text[^1] switch
        {
            's' => number / 86_400,
            'm' => number / 1440,
            'h' => number / 24,
            'd' => number,
            _ => double.NaN,
        };
        return days is >= 0 and <= MostDays
            ? TimeSpan.FromDays(days)
            : throw GessoException.Invalid("bad_time", $"{option}: expected a time such as 30m, 12h or 7d (up to {MostDays:0}d), got \"{text}\".");
    }
}
