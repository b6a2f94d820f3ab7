using System.Text;

namespace Gesso.Cli.Rendering;

/// <summary>What a progress line says, before it is known how much room there is.</summary>
/// <param name="Head">What and how far: <c>step 7/16</c>.</param>
/// <param name="Fraction">0 … 1; null: the end is not known.</param>
/// <param name="Rate">Empty: not known yet.</param>
/// <param name="Remaining">Null: not known yet.</param>
/// <param name="HeadCells">Room kept for the head on a terminal, so that the bar stays where it is when a number gains a digit.</param>
internal sealed record ProgressLine(string Head, double? Fraction = null, string Rate = "", TimeSpan? Remaining = null, int HeadCells = 0)
{
    private const int Gap = 2;
    private const int SmallestBar = 6;
    private const int LargestBar = 30;
    private const int PercentCells = 5; // "100 %"
    private const int RateCells = 12; // "9999.9 s/step" is rare; a longer rate only costs the bar a cell
    private const int RemainingCells = 11; // "ETA 9:59:59"

    /// <summary>
    /// For a terminal, at most <paramref name="width"/> cells: head, bar, percent, rate, time left. With less room the rate goes first, then the bar,
    /// the time, the percent; at last the head is cut.
    /// </summary>
    public string ToBar(int width, bool unicode)
    {
        string head = TextCells.OneLine(Head);
        if (Fraction is not { } fraction)
            return TextCells.Truncate(head, width, unicode);
        string padded = head + new string(' ', Math.Max(0, HeadCells - TextCells.Width(head)));
        string percent = Percent(fraction).PadLeft(PercentCells);
        int fixedCells = TextCells.Width(padded) + Gap + PercentCells;

        // The bar's length depends on the reserved widths, not on the present texts: it must not jump while it runs.
        int barWithAll = width - fixedCells - Gap - (Gap + RateCells) - (Gap + RemainingCells);
        int barWithoutRate = width - fixedCells - Gap - (Gap + RemainingCells);
        if (barWithAll >= SmallestBar)
            return Fit([padded, Bar(fraction, barWithAll, unicode), percent, Rate, Left]);
        if (barWithoutRate >= SmallestBar)
            return Fit([padded, Bar(fraction, barWithoutRate, unicode), percent, Left]);
        if (Left.Length > 0 && fixedCells + Gap + Left.Length <= width)
            return Fit([head, percent, Left]);
        return fixedCells <= width ? Fit([head, percent]) : TextCells.Truncate(head, width, unicode);

        string Fit(string[] parts) => TextCells.Truncate(Join(parts), width, unicode);
    }

    /// <summary>For a file or a pipe: the same without the bar, no control codes, whatever length it takes.</summary>
    public string ToPlain() =>
        Join([TextCells.OneLine(Head), Fraction is { } fraction ? Percent(fraction) : "", Rate, Left]);

    private string Left => Remaining is { } time ? "ETA " + Quantities.Duration(time) : "";

    private static string Join(string[] parts) => string.Join(new string(' ', Gap), parts.Where(part => part.Length > 0));

    /// <summary>Never 100 before the end.</summary>
    private static string Percent(double fraction) => $"{Math.Floor(Math.Clamp(fraction, 0, 1) * 100 + 1e-9):0} %";

    private static string Bar(double fraction, int room, bool unicode)
    {
        const string eighths = " ▏▎▍▌▋▊▉█";
        int cells = Math.Min(room, LargestBar);
        double filled = Math.Clamp(fraction, 0, 1) * (unicode ? cells : cells - 2);
        int whole = (int)(filled + 1e-9);
        var bar = new StringBuilder(cells);
        if (!unicode)
            return bar.Append('[').Append('#', whole).Append('-', cells - 2 - whole).Append(']').ToString();
        bar.Append('█', whole);
        int part = (int)((filled - whole) * 8 + 1e-9);
        if (part > 0)
            bar.Append(eighths[part]);
        return bar.Append(' ', cells - bar.Length).ToString();
    }
}
