using Gesso.Contracts.Images;

namespace Gesso.Cli.Rendering;

/// <summary>
/// How far a generation is. On a terminal: one line redrawn in place, <c>step 7/16  ███▌    44 %  1.2 step/s  ETA 0:05</c>, below a preview where the terminal
/// shows pictures. Elsewhere: one plain line per step. Disposing without <see cref="Complete"/> (cancelled, failed) takes it off the screen.
/// </summary>
/// <param name="output">Where to write, usually the error stream.</param>
/// <param name="terminal">What <paramref name="output"/> can show.</param>
/// <param name="time">The clock of rate and ETA.</param>
/// <param name="pictures">How many pictures, at least 1.</param>
/// <param name="steps">Steps per picture, at least 1.</param>
internal sealed class GenerationProgress(TextWriter output, TerminalCapabilities terminal, TimeProvider time, int pictures, int steps) : IDisposable
{
    private const int MostPreviewColumns = 60;
    private const int MostPreviewRows = 24;

    /// <summary>Nine samples are eight steps: enough to smooth, few enough to follow a machine that throttles.</summary>
    private const int RateSamples = 9;

    private static uint s_pictures;

    private readonly LiveRegion _region = new(output, terminal);
    private readonly MovingRate _rate = new(time, RateSamples, TimeSpan.Zero);

    // Kitty keeps pictures by number beyond the life of a process: numbers must differ between runs in one window.
    private readonly uint _imageId = ((uint)Environment.ProcessId << 8) + (Interlocked.Increment(ref s_pictures) & 0xFF);

    private RenderedImage? _preview;
    private ProgressLine? _line;
    private int _done = -1;

    /// <summary>Says what goes on where there are no steps to count: loading, decoding.</summary>
    public void Phase(string what) => Show(new ProgressLine(what));

    /// <summary>
    /// Step <paramref name="step"/> of picture <paramref name="picture"/> is done. Step 0 starts the clock, so that loading does not count as
    /// a slow first step.
    /// </summary>
    /// <param name="picture">1 … pictures.</param>
    /// <param name="step">0 … steps.</param>
    /// <param name="preview">The picture so far; null keeps the one on the screen.</param>
    public void Step(int picture, int step, RasterImage? preview = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(picture, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(picture, pictures);
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(step, steps);
        int done = (picture - 1) * steps + step;
        if (preview is not null && terminal.IsInteractive)
            _preview = RenderPreview(preview) ?? _preview;
        if (done != _done)
            _rate.Add(done);
        bool news = done != _done && step > 0;
        _done = done;
        if (terminal.IsInteractive || news)
            Show(Line(picture, step, done));
    }

    /// <summary>Writes a line above the progress, for instance the name of a finished file.</summary>
    public void Note(string line)
    {
        _region.Clear();
        output.WriteLine(TextCells.OneLine(line));
        if (terminal.IsInteractive && _line is not null)
            Show(_line);
    }

    /// <summary>Ends with <paramref name="summary"/> in place of the progress line; the preview stays.</summary>
    public void Complete(string summary)
    {
        if (terminal.IsInteractive)
        {
            _region.Draw(_preview, [TextCells.Truncate(TextCells.OneLine(summary), LineWidth, terminal.IsUnicode)]);
            _region.Finish();
        }
        else
        {
            output.WriteLine(TextCells.OneLine(summary));
        }
        _line = null;
    }

    public void Dispose() => _region.Clear();

    /// <summary>The last column stays free: a character there makes some terminals wrap at once.</summary>
    private int LineWidth => terminal.Size.Columns - 1;

    private ProgressLine Line(int picture, int step, int done)
    {
        int total = pictures * steps;
        return new ProgressLine(
            Head(picture, step),
            (double)done / total,
            _rate.PerSecond is { } rate ? Quantities.StepRate(rate) : "",
            _rate.TimeFor(total - done),
            Head(pictures, steps).Length);
    }

    private string Head(int picture, int step) => pictures > 1 ? $"picture {picture}/{pictures}  step {step}/{steps}" : $"step {step}/{steps}";

    private void Show(ProgressLine line)
    {
        if (terminal.IsInteractive)
            _region.Draw(_preview, [line.ToBar(LineWidth, terminal.IsUnicode)]);
        else if (line != _line)
            output.WriteLine(line.ToPlain());
        _line = line;
    }

    private RenderedImage? RenderPreview(RasterImage picture)
    {
        int columns = Math.Min(MostPreviewColumns, LineWidth);
        int rows = Math.Min(MostPreviewRows, terminal.Size.Rows - 2);
        return columns < 1 || rows < 1 ? null : TerminalImage.Render(picture, terminal, columns, rows, _imageId);
    }
}
