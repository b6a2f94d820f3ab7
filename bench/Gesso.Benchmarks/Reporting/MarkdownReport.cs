using System.Text;

namespace Gesso.Benchmarks.Reporting;

/// <summary>A report as people read it.</summary>
internal static class MarkdownReport
{
    public static string Write(BenchReport report)
    {
        var machine = report.Machine;
        var text = new StringBuilder();
        text.Append($"# {report.Bench}\n\n{report.Question}\n\n    {report.Command}\n\n");
        text.Append($"{machine.Started:yyyy-MM-dd HH:mm} UTC, Gesso {machine.Version}. {machine.Processor}, {machine.Processors} processors, {machine.VectorBits}-bit vectors, ");
        text.Append($"{machine.MemoryGigabytes:0.0} GB of memory. {machine.Platform}. {machine.DotNet}, libtorch {machine.LibTorchVersion}, {machine.Threads} compute threads. ");
        text.Append($"{report.Rounds} rounds.");
        if (machine.LoadBefore is { } before)
            text.Append($" Load of the machine before {before:0.00}, after {machine.LoadAfter:0.00}.");
        text.Append("\n\n");
        if (report.Result.Targets.Count > 0)
            Append(text, Targets(report.Result.Targets));
        foreach (var table in report.Result.Tables)
            Append(text, table);
        foreach (string note in report.Result.Notes)
            text.Append($"{note}\n\n");
        return text.ToString().TrimEnd() + "\n";
    }

    private static ResultTable Targets(IReadOnlyList<Target> targets) => new(
        "Targets",
        ["what", "measured", "target", "met"],
        [.. targets.Select(t => new[] { t.What, $"{t.Value:0.000}", $"{(t.Direction == TargetDirection.AtLeast ? '≥' : '≤')} {t.Bound:0.00#}", t.Met ? "yes" : "NO" })]);

    private static void Append(StringBuilder text, ResultTable table)
    {
        int[] widths = [.. table.Columns.Select((name, column) => Math.Max(name.Length, table.Rows.Max(row => row[column].Length)))];
        text.Append($"## {table.Title}\n\n");
        Line(table.Columns);
        text.Append($"|{string.Join('|', widths.Select((w, column) => column == 0 ? new string('-', w + 2) : new string('-', w + 1) + ":"))}|\n");
        foreach (var row in table.Rows)
            Line(row);
        text.Append('\n');

        void Line(IReadOnlyList<string> cells) =>
            text.Append($"| {string.Join(" | ", cells.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])))} |\n");
    }
}
