using Gesso.Cli.Rendering;
using Gesso.Engine.Library.Hub;

namespace Gesso.Cli.Tests.Rendering;

public sealed class ProgressTests : IDisposable
{
    private readonly HandClock _clock = new();
    private readonly StringWriter _text = new();

    public void Dispose() => _text.Dispose();

    [Fact]
    public void Generation_shows_step_bar_percent_rate_and_eta()
    {
        ScreenEmulator screen = Steps(columns: 80, pictures: 1, steps: 16, upTo: 7, secondsPerStep: 0.8);
        string line = Assert.Single(screen.Lines, text => text.Length > 0);
        Assert.Matches("^step 7/16 {3}█+[▏▎▍▌▋▊▉]? + 43 %  1\\.3 step/s  ETA 0:08$", line);
    }

    [Fact]
    public void Generation_counts_pictures()
    {
        ScreenEmulator screen = Steps(columns: 100, pictures: 4, steps: 10, upTo: 15, secondsPerStep: 2);
        string line = Assert.Single(screen.Lines, text => text.Length > 0);
        Assert.StartsWith("picture 2/4  step 5/10", line, StringComparison.Ordinal);
        Assert.EndsWith("37 %  2.0 s/step  ETA 0:50", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Generation_forgets_a_slow_first_step()
    {
        using GenerationProgress progress = Generation(80, 1, 100);
        progress.Step(1, 0);
        _clock.Advance(60);
        for (int step = 1; step <= 20; step++)
        {
            progress.Step(1, step);
            _clock.Advance(0.5);
        }
        Assert.Contains("2.0 step/s  ETA 0:40", _text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Generation_writes_one_plain_line_per_step_into_a_pipe()
    {
        using (var progress = new GenerationProgress(_text, TerminalCapabilities.Plain, _clock, 2, 3))
        {
            progress.Phase("loading");
            for (int picture = 1; picture <= 2; picture++)
            {
                for (int step = 0; step <= 3; step++)
                {
                    progress.Step(picture, step, Pictures.Gradient(8, 8));
                    progress.Step(picture, step);
                    _clock.Advance(1);
                }
            }
            progress.Complete("2 pictures\tdone");
        }
        string[] lines = _text.ToString().Split(Environment.NewLine);
        Assert.Equal(9, lines.Length);
        Assert.Equal("loading", lines[0]);
        Assert.Equal("picture 1/2  step 2/3  33 %  1.0 step/s  ETA 0:04", lines[2]);
        Assert.Equal("picture 2/2  step 3/3  100 %  1.2 s/step  ETA 0:00", lines[6]);
        Assert.Equal("2 pictures done", lines[7]);
        Assert.DoesNotContain('\e', _text.ToString());
        Assert.DoesNotContain(_text.ToString(), c => char.IsControl(c) && c is not ('\n' or '\r'));
    }

    [Fact]
    public void Generation_never_exceeds_the_window_from_20_to_200_columns()
    {
        string[] heads = ["step 7/16", "picture 12/1000  step 998/1000", "生成中 the quick brown fox 狐狸 jumps over the lazy dog", ""];
        foreach (string head in heads)
        {
            foreach (double? fraction in new double?[] { null, 0, 1 / 3.0, 0.9999, 1 })
            {
                foreach (string rate in new[] { "", "1.2 step/s", "9999.0 s/step" })
                {
                    foreach (TimeSpan? left in new TimeSpan?[] { null, TimeSpan.FromSeconds(5), TimeSpan.FromDays(300) })
                    {
                        var line = new ProgressLine(head, fraction, rate, left, HeadCells: 12);
                        for (int width = 20; width <= 200; width++)
                        {
                            Assert.InRange(TextCells.Width(line.ToBar(width, unicode: true)), 0, width);
                            Assert.InRange(TextCells.Width(line.ToBar(width, unicode: false)), 0, width);
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void Generation_keeps_the_most_important_when_there_is_little_room()
    {
        var line = new ProgressLine("step 7/16", 0.4375, "1.2 step/s", TimeSpan.FromSeconds(5));
        Assert.Equal("step 7/16   43 %", line.ToBar(20, true));
        Assert.Equal("step 7/16   43 %  ETA 0:05", line.ToBar(30, true));
        Assert.Equal("step 7/16  ██▋      43 %  ETA 0:05", line.ToBar(37, true));
        Assert.Contains("1.2 step/s", line.ToBar(60, true), StringComparison.Ordinal);
        Assert.Contains("[####", line.ToBar(60, false), StringComparison.Ordinal);
    }

    [Fact]
    public void Generation_clears_its_line_when_cancelled()
    {
        var screen = new ScreenEmulator(60, 10);
        _text.WriteLine("before");
        using (GenerationProgress progress = Generation(60, 1, 10, PreviewProtocol.Blocks))
            progress.Step(1, 3, Pictures.Gradient(16, 16));
        _text.Write("cancelled");
        screen.Write(_text.ToString());
        Assert.Equal(["before", "cancelled"], screen.Lines.Where(text => text.Length > 0));
    }

    [Fact]
    public void Generation_keeps_the_preview_and_ends_with_the_summary()
    {
        var screen = new ScreenEmulator(60, 12);
        using (GenerationProgress progress = Generation(60, 1, 2, PreviewProtocol.Blocks, rows: 12))
        {
            progress.Step(1, 1, Pictures.Gradient(16, 16));
            progress.Note("saved a.png");
            progress.Step(1, 2, Pictures.Gradient(32, 32));
            progress.Complete("done in 0:02");
        }
        _text.Write("prompt");
        screen.Write(_text.ToString());
        List<string> lines = [.. screen.Lines.Where(text => text.Length > 0)];
        Assert.Equal("saved a.png", lines[0]);
        Assert.Equal(["done in 0:02", "prompt"], lines[^2..]);
        Assert.Equal(10, lines.Count(line => line.StartsWith('▀')));
    }

    [Fact]
    public void Download_redraws_bytes_rate_and_eta_and_cleans_file_names()
    {
        var screen = new ScreenEmulator(100, 10);
        using var progress = new DownloadProgress(_text, Terminal(100, PreviewProtocol.None, 10), _clock);
        for (int i = 0; i <= 10; i++)
        {
            long done = 1_000_000_000 + i * 85_000_000L;
            progress.Report(new PullProgress(PullStage.Downloading, "unet/\e[31mevil.safetensors", i, 10, done, 4_000_000_000, 2, 9));
            _clock.Advance(1);
        }
        screen.Write(_text.ToString());
        Assert.StartsWith("2/9 files  1.9 GB of 4.0 GB ", screen.Lines[0], StringComparison.Ordinal);
        Assert.EndsWith("46 %  85 MB/s  ETA 0:26", screen.Lines[0], StringComparison.Ordinal);
        Assert.Equal("unet/ [31mevil.safetensors", screen.Lines[1]);
        Assert.Equal(0, screen.Wraps);
    }

    [Fact]
    public void Download_writes_a_plain_line_per_file_and_tenth_into_a_pipe()
    {
        using (var progress = new DownloadProgress(_text, TerminalCapabilities.Plain, _clock))
        {
            progress.Report(new PullProgress(PullStage.Listing, null, 0, null, 0, 0, 0, 0));
            for (int i = 0; i <= 1000; i++)
            {
                progress.Report(new PullProgress(PullStage.Downloading, "a.bin", i, 1000, i, 1000, i == 1000 ? 1 : 0, 1));
                _clock.Advance(0.01);
            }
            progress.Complete("pulled");
        }
        string[] lines = _text.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(13, lines.Length);
        Assert.Equal("asking for the list of files", lines[0]);
        Assert.Equal("0/1 files  0 B of 1 kB  0 %  a.bin", lines[1]);
        Assert.StartsWith("1/1 files  1 kB of 1 kB  100 %", lines[11], StringComparison.Ordinal);
        Assert.Equal("pulled", lines[12]);
        Assert.DoesNotContain('\e', _text.ToString());
    }

    [Theory]
    [InlineData(0, "0:00")]
    [InlineData(4.2, "0:05")]
    [InlineData(750, "12:30")]
    [InlineData(3723, "1:02:03")]
    [InlineData(1e7, ">99 h")]
    public void Quantities_write_durations(double seconds, string expected) => Assert.Equal(expected, Quantities.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("abc", 3, "abc")]
    [InlineData("abcd", 3, "ab…")]
    [InlineData("狐狸狐狸", 5, "狐狸…")]
    [InlineData("狐狸狐狸", 4, "狐…")]
    [InlineData("e\u0301e\u0301", 2, "e\u0301e\u0301")]
    public void TextCells_truncate_by_cells(string text, int width, string expected) => Assert.Equal(expected, TextCells.Truncate(text, width));

    private ScreenEmulator Steps(int columns, int pictures, int steps, int upTo, double secondsPerStep)
    {
        var screen = new ScreenEmulator(columns, 10);
        GenerationProgress progress = Generation(columns, pictures, steps);
        progress.Step(1, 0);
        for (int done = 1; done <= upTo; done++)
        {
            _clock.Advance(secondsPerStep);
            progress.Step((done - 1) / steps + 1, (done - 1) % steps + 1);
        }
        screen.Write(_text.ToString());
        Assert.Equal(0, screen.Wraps + screen.Scrolled);
        return screen;
    }

    private GenerationProgress Generation(int columns, int pictures, int steps, PreviewProtocol preview = PreviewProtocol.None, int rows = 10) =>
        new(_text, Terminal(columns, preview, rows), _clock, pictures, steps);

    private static TerminalCapabilities Terminal(int columns, PreviewProtocol preview, int rows) =>
        new() { IsInteractive = true, Preview = preview, Colors = ColorDepth.True, Size = new TerminalSize(columns, rows) };
}
