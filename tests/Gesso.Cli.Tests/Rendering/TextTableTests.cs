using Gesso.Cli.Rendering;

namespace Gesso.Cli.Tests.Rendering;

public sealed class TextTableTests
{
    private static readonly string[][] s_rows = [["1", "日本", "long words at the end of the row"], ["22222", "x", ""]];

    [Fact]
    public void Columns_stand_under_their_headings_by_cells()
    {
        Assert.Equal(
            ["A      NAME  TEXT", "1      日本  long words at the end of the row", "22222  x"],
            Written(TerminalCapabilities.Plain));
    }

    [Fact]
    public void Last_column_is_cut_at_the_windows_edge_only_where_there_is_a_window()
    {
        var window = TerminalCapabilities.Plain with { IsInteractive = true, IsUnicode = true, Size = new TerminalSize(24, 10) };

        Assert.Equal("1      日本  long word…", Written(window)[1]);
    }

    [Fact]
    public void Pairs_leave_out_what_is_not_known()
    {
        var output = new StringWriter();
        TextTable.WritePairs(output, [("state", "queued"), ("error", null), ("id", "a\u001bb")]);
        Assert.Equal("state  queued\nid     a b\n", output.ToString().ReplaceLineEndings("\n"));
    }

    private static string[] Written(TerminalCapabilities terminal)
    {
        var output = new StringWriter();
        TextTable.Write(output, terminal, ["A", "NAME", "TEXT"], s_rows);
        return output.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
    }
}
