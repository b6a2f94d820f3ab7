namespace Gesso.Cli.Rendering;

/// <summary>
/// How many of a number of things are done: <c>12/300 jobs  █▎   4 %  ETA 1:20</c> redrawn in place; elsewhere a plain line for every tenth of the whole.
/// </summary>
/// <param name="output">Where to write, usually the error stream.</param>
/// <param name="terminal">What <paramref name="output"/> can show.</param>
/// <param name="time">The clock of the ETA.</param>
/// <param name="total">How many there are.</param>
/// <param name="what">What they are called.</param>
internal sealed class CountProgress(TextWriter output, TerminalCapabilities terminal, TimeProvider time, int total, string what) : IDisposable
{
    private readonly LiveRegion _region = new(output, terminal);
    private readonly MovingRate _rate = new(time, samples: 30, spacing: TimeSpan.FromSeconds(1));
    private int _told = -1;

    public void Show(int done)
    {
        _rate.Add(done);
        var line = new ProgressLine($"{done}/{total} {what}", total == 0 ? 1 : (double)done / total, Remaining: _rate.TimeFor(total - done), HeadCells: $"{total}/{total} {what}".Length);
        int tenth = total == 0 ? 10 : done * 10 / total;
        if (terminal.IsInteractive)
            _region.Draw(null, [line.ToBar(terminal.Size.Columns - 1, terminal.IsUnicode)]);
        else if (tenth != _told)
            output.WriteLine(line.ToPlain());
        _told = tenth;
    }

    /// <summary>Ends with <paramref name="summary"/> in place of the progress.</summary>
    public void Complete(string summary)
    {
        _region.Clear();
        output.WriteLine(TextCells.OneLine(summary));
    }

    public void Dispose() => _region.Clear();
}
