using Gesso.Cli.Rendering;

namespace Gesso.Cli.Tests.Rendering;

public sealed class CountProgressTests
{
    [Fact]
    public void Pipe_gets_a_line_for_each_tenth()
    {
        var output = new StringWriter();
        using var progress = new CountProgress(output, TerminalCapabilities.Plain, new HandClock(), 40, "jobs");

        for (int done = 0; done <= 40; done++)
            progress.Show(done);
        progress.Complete("40 succeeded");

        string[] lines = output.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Equal(12, lines.Length);
        Assert.StartsWith("0/40 jobs", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("40/40 jobs  100 %", lines[10], StringComparison.Ordinal);
        Assert.Equal("40 succeeded", lines[11]);
    }

    [Fact]
    public void Terminal_shows_one_line_in_place()
    {
        var screen = new StringWriter();
        var terminal = TerminalCapabilities.Plain with { IsInteractive = true, IsUnicode = true, Size = new TerminalSize(60, 10) };
        using var progress = new CountProgress(screen, terminal, new HandClock(), 4, "jobs");

        progress.Show(1);
        progress.Show(2);

        Assert.DoesNotContain('\n', screen.ToString());
        Assert.Contains("2/4 jobs", screen.ToString());
        Assert.Contains("50 %", screen.ToString());
    }
}
