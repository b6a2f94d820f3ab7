using Gesso.Cli.Rendering;

namespace Gesso.Cli.Tests.Rendering;

public sealed class LiveRegionTests : IDisposable
{
    private readonly StringWriter _text = new();
    private readonly ScreenEmulator _screen = new(40, 10);
    private int _shown;

    public void Dispose() => _text.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(30)]
    public void Region_is_redrawn_in_place_wherever_on_the_screen_it_starts(int linesBefore)
    {
        for (int i = 0; i < linesBefore; i++)
            _text.WriteLine($"line {i}");
        LiveRegion region = Region(PreviewProtocol.Blocks);
        for (int step = 1; step <= 5; step++)
        {
            region.Draw(Picture(PreviewProtocol.Blocks, step), [$"step {step}", "second"]);
            Show();
        }
        region.Finish();
        _text.Write("after");
        Show();

        List<string> lines = _screen.Lines;
        Assert.Equal("step 5", lines[linesBefore + 4]);
        Assert.Equal("second", lines[linesBefore + 5]);
        Assert.Equal("after", lines[linesBefore + 6]);
        Assert.Equal(linesBefore, lines.Count(line => line.StartsWith("line ", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.StartsWith("step ", StringComparison.Ordinal));
        Assert.Equal("2;5;5;5", _screen.At(linesBefore, 0).Foreground);
        Assert.Equal(4, lines.Count(line => line.StartsWith('▀')));
    }

    [Theory]
    [InlineData(PreviewProtocol.Kitty)]
    [InlineData(PreviewProtocol.ITerm)]
    [InlineData(PreviewProtocol.Sixel)]
    public void Region_draws_each_picture_at_the_same_line_after_the_screen_scrolled(object protocol)
    {
        for (int i = 0; i < 9; i++)
            _text.WriteLine($"line {i}");
        LiveRegion region = Region((PreviewProtocol)protocol);
        for (int step = 1; step <= 3; step++)
            region.Draw(Picture((PreviewProtocol)protocol, step), [$"step {step}"]);
        Show();
        Assert.Equal([9, 9, 9], _screen.Graphics.Select(graphic => graphic.Line));
        Assert.All(_screen.Graphics, graphic => Assert.Equal(0, graphic.Column));
        Assert.Equal(4, _screen.Scrolled);
        Assert.Equal("step 3", _screen.Lines[13]);
    }

    [Fact]
    public void Region_does_not_send_a_picture_again_that_is_still_there()
    {
        LiveRegion region = Region(PreviewProtocol.Kitty);
        RenderedImage? picture = Picture(PreviewProtocol.Kitty, 1);
        region.Draw(picture, ["a long first line"]);
        region.Draw(picture, ["b"]);
        Show();
        Assert.Single(_screen.Graphics);
        Assert.Equal("b", _screen.Lines[4]);
    }

    [Fact]
    public void Region_leaves_nothing_behind_when_cleared()
    {
        _text.WriteLine("before");
        LiveRegion region = Region(PreviewProtocol.Kitty);
        region.Draw(Picture(PreviewProtocol.Kitty, 1), ["one", "two"]);
        region.Clear();
        _text.Write("after");
        Show();
        Assert.Equal(["before", "after"], _screen.Lines.Where(line => line.Length > 0));
        Assert.Equal("after", _screen.Lines[1]);
        Assert.Contains("a=d", _text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Region_shrinks_and_grows_without_remains()
    {
        LiveRegion region = Region(PreviewProtocol.Blocks);
        region.Draw(Picture(PreviewProtocol.Blocks, 1), ["one", "two"]);
        region.Draw(null, ["three"]);
        Show();
        Assert.Equal(["three"], _screen.Lines.Where(line => line.Length > 0));
        region.Draw(Picture(PreviewProtocol.Blocks, 2), ["four"]);
        Show();
        Assert.Equal("four", _screen.Lines[4]);
        Assert.Equal("2;2;2;2", _screen.At(0, 0).Foreground);
    }

    [Fact]
    public void Region_leaves_out_a_picture_that_does_not_fit_into_the_window()
    {
        TerminalCapabilities tiny = Terminal(PreviewProtocol.Blocks) with { Size = new TerminalSize(40, 4) };
        new LiveRegion(_text, tiny).Draw(Picture(PreviewProtocol.Blocks, 1), ["only"]);
        Show();
        Assert.Equal("only", _screen.Lines[0]);
    }

    private void Show()
    {
        string all = _text.ToString();
        _screen.Write(all[_shown..]);
        _shown = all.Length;
        Assert.Equal(0, _screen.Wraps);
    }

    private LiveRegion Region(PreviewProtocol protocol) => new(_text, Terminal(protocol));

    private static TerminalCapabilities Terminal(PreviewProtocol protocol) =>
        new() { IsInteractive = true, Preview = protocol, Colors = ColorDepth.True, Size = new TerminalSize(40, 10) };

    private static RenderedImage? Picture(PreviewProtocol protocol, int step) =>
        TerminalImage.Render(Pictures.Solid(8, 8, (byte)step, (byte)step, (byte)step), Terminal(protocol), 8, 4, id: 1);
}
