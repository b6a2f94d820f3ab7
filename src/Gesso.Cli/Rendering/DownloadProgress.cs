using Gesso.Engine.Library.Hub;

namespace Gesso.Cli.Rendering;

/// <summary>
/// How far a pull is: <c>3/23 files  2.1/33.7 GB  ██▍   6 %  85 MB/s  ETA 6:12</c> redrawn in place, with the file in a second line; elsewhere a plain line for
/// every finished file and every tenth of the whole. Reports may come from several threads.
/// </summary>
/// <param name="output">Where to write, usually the error stream.</param>
/// <param name="terminal">What <paramref name="output"/> can show.</param>
/// <param name="time">The clock of rate, ETA and redrawing.</param>
internal sealed class DownloadProgress(TextWriter output, TerminalCapabilities terminal, TimeProvider time) : IProgress<PullProgress>, IDisposable
{
    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly LiveRegion _region = new(output, terminal);
    private readonly MovingRate _rate = new(time, samples: 40, spacing: TimeSpan.FromMilliseconds(250));
    private PullStage? _stage;
    private long _drawn;
    private (int Files, long Tenth) _told = (0, 0);
    private bool _ended;

    public void Report(PullProgress value)
    {
        lock (_gate)
        {
            if (_ended)
                return;
            bool turn = value.Stage != _stage;
            if (turn)
                _stage = value.Stage;
            if (value.Stage == PullStage.Downloading)
                _rate.Add(value.Bytes);
            if (terminal.IsInteractive)
                Draw(value, turn);
            else
                Tell(value, turn);
        }
    }

    /// <summary>Ends with <paramref name="summary"/> in place of the progress.</summary>
    public void Complete(string summary)
    {
        lock (_gate)
        {
            _ended = true;
            _region.Clear();
            output.WriteLine(TextCells.OneLine(summary));
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _ended = true;
            _region.Clear();
        }
    }

    private void Draw(PullProgress value, bool turn)
    {
        if (!turn && time.GetElapsedTime(_drawn) < s_redraw && value.FilesDone != value.Files)
            return;
        _drawn = time.GetTimestamp();
        int width = terminal.Size.Columns - 1;
        string file = TextCells.Truncate(TextCells.OneLine(value.File ?? ""), width, terminal.IsUnicode);
        _region.Draw(null, [Line(value).ToBar(width, terminal.IsUnicode), file]);
    }

    private void Tell(PullProgress value, bool turn)
    {
        long tenth = value.TotalBytes > 0 ? value.Bytes * 10 / value.TotalBytes : 0;
        bool news = turn || value.FilesDone != _told.Files || tenth > _told.Tenth;
        if (!news || value.Stage == PullStage.Done)
            return;
        _told = (value.FilesDone, Math.Max(tenth, _told.Tenth));
        string file = value.File is null ? "" : "  " + TextCells.OneLine(value.File);
        output.WriteLine(Line(value).ToPlain() + file);
    }

    private ProgressLine Line(PullProgress value)
    {
        string files = $"{value.FilesDone}/{value.Files} files";
        string bytes = $"{Quantities.Bytes(value.Bytes)} of {Quantities.Bytes(value.TotalBytes)}";
        double? fraction = value.TotalBytes > 0 ? (double)value.Bytes / value.TotalBytes : null;
        return value.Stage switch
        {
            PullStage.Listing => new ProgressLine("asking for the list of files"),
            PullStage.Checking => new ProgressLine($"checking files already here  {files}", fraction),
            _ => new ProgressLine(
                $"{files}  {bytes}",
                fraction,
                _rate.PerSecond is { } rate ? Quantities.Bytes(rate) + "/s" : "",
                _rate.TimeFor(value.TotalBytes - value.Bytes),
                HeadCells: $"{value.Files}/{value.Files} files  {Quantities.Bytes(value.TotalBytes)} of {Quantities.Bytes(value.TotalBytes)}".Length),
        };
    }
}
