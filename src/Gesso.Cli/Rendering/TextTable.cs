namespace Gesso.Cli.Rendering;

/// <summary>Rows in columns: the last one is cut at the window's edge, or not at all where there is no window.</summary>
internal static class TextTable
{
    private const int Gap = 2;

    /// <param name="output">Where to.</param>
    /// <param name="terminal">What it shows; nothing is cut in a pipe.</param>
    /// <param name="headings">One for each column.</param>
    /// <param name="rows">As many cells each as there are headings.</param>
    public static void Write(TextWriter output, TerminalCapabilities terminal, IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        // what others wrote (prompts, names) moves no cursor
        string[][] lines = [[.. headings], .. rows.Select(row => row.Select(TextCells.OneLine).ToArray())];
        int[] widths = [.. headings.Select((_, column) => lines.Max(line => TextCells.Width(line[column])))];
        foreach (string[] line in lines)
        {
            string text = string.Join(new string(' ', Gap), line.Select((cell, column) => column == line.Length - 1 ? cell : cell + new string(' ', widths[column] - TextCells.Width(cell))));
            output.WriteLine((terminal.IsInteractive ? TextCells.Truncate(text, terminal.Size.Columns - 1, terminal.IsUnicode) : text).TrimEnd());
        }
    }

    /// <summary>Names and what they stand for, one a line; a null value leaves its line out.</summary>
    public static void WritePairs(TextWriter output, IEnumerable<(string Name, string? Value)> pairs)
    {
        (string Name, string? Value)[] shown = [.. pairs.Where(pair => pair.Value is not null)];
        int width = shown.Max(pair => pair.Name.Length);
        foreach (var (name, value) in shown)
            output.WriteLine($"{name.PadRight(width + Gap)}{TextCells.OneLine(value!)}");
    }
}
