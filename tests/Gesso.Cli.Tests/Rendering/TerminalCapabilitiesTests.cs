using Gesso.Cli.Rendering;
using Gesso.Contracts.Errors;

namespace Gesso.Cli.Tests.Rendering;

public sealed class TerminalCapabilitiesTests
{
    [Theory]
    [InlineData("TERM=xterm-kitty", PreviewProtocol.Kitty)]
    [InlineData("TERM=xterm-256color KITTY_WINDOW_ID=3", PreviewProtocol.Kitty)]
    [InlineData("TERM=xterm-ghostty TERM_PROGRAM=ghostty", PreviewProtocol.Kitty)]
    [InlineData("TERM=xterm-256color TERM_PROGRAM=iTerm.app", PreviewProtocol.ITerm)]
    [InlineData("TERM=xterm-256color TERM_PROGRAM=WezTerm", PreviewProtocol.ITerm)]
    [InlineData("TERM=xterm TERM_PROGRAM=mintty", PreviewProtocol.ITerm)]
    [InlineData("TERM=xterm-256color LC_TERMINAL=iTerm2", PreviewProtocol.ITerm)]
    [InlineData("TERM=foot", PreviewProtocol.Sixel)]
    [InlineData("TERM=mlterm", PreviewProtocol.Sixel)]
    [InlineData("TERM=xterm-sixel", PreviewProtocol.Sixel)]
    [InlineData("TERM=xterm GESSO_SIXEL=1", PreviewProtocol.Sixel)]
    [InlineData("TERM=foot GESSO_SIXEL=0", PreviewProtocol.Blocks)]
    [InlineData("TERM=xterm-256color", PreviewProtocol.Blocks)]
    [InlineData("TERM=xterm-256color LANG=C", PreviewProtocol.None)]
    [InlineData("TERM=xterm-kitty NO_COLOR=1", PreviewProtocol.None)]
    [InlineData("TERM=dumb KITTY_WINDOW_ID=3", PreviewProtocol.None)]
    [InlineData("TERM=tmux-256color TMUX=/tmp/t KITTY_WINDOW_ID=3", PreviewProtocol.Blocks)]
    [InlineData("TERM=screen TERM_PROGRAM=iTerm.app", PreviewProtocol.Blocks)]
    public void Detect_chooses_the_richest_protocol_the_environment_shows(string environment, object expected)
    {
        Assert.Equal((PreviewProtocol)expected, TerminalCapabilities.Detect(Variables(environment), false, new TerminalSize(100, 30)).Preview);
    }

    [Theory]
    [InlineData("TERM=xterm COLORTERM=truecolor", ColorDepth.True)]
    [InlineData("TERM=xterm COLORTERM=24bit", ColorDepth.True)]
    [InlineData("WT_SESSION=1", ColorDepth.True)]
    [InlineData("TERM=xterm-256color", ColorDepth.Indexed)]
    [InlineData("TERM=xterm COLORTERM=truecolor NO_COLOR=1", ColorDepth.None)]
    public void Detect_reads_the_color_depth(string environment, object expected)
    {
        Assert.Equal((ColorDepth)expected, TerminalCapabilities.Detect(Variables(environment), false, null).Colors);
    }

    [Fact]
    public void Detect_is_plain_when_redirected()
    {
        TerminalCapabilities found = TerminalCapabilities.Detect(Variables("TERM=xterm-kitty COLORTERM=truecolor"), true, new TerminalSize(100, 30));
        Assert.False(found.IsInteractive);
        Assert.Equal(PreviewProtocol.None, found.Preview);
        Assert.Equal(ColorDepth.None, found.Colors);
    }

    [Fact]
    public void Detect_follows_the_option_even_when_redirected_or_colorless()
    {
        Assert.Equal(PreviewProtocol.Sixel, TerminalCapabilities.Detect(Variables("TERM=dumb"), true, null, PreviewProtocol.Sixel).Preview);
        TerminalCapabilities blocks = TerminalCapabilities.Detect(Variables("COLORTERM=truecolor NO_COLOR=1"), false, null, PreviewProtocol.Blocks);
        Assert.Equal((PreviewProtocol.Blocks, ColorDepth.True), (blocks.Preview, blocks.Colors));
        Assert.Equal(PreviewProtocol.None, TerminalCapabilities.Detect(Variables("TERM=xterm-kitty"), false, null, PreviewProtocol.None).Preview);
    }

    [Fact]
    public void Detect_believes_the_terminals_own_answer_about_sixel()
    {
        DeviceAttributes? answer = DeviceAttributes.Parse("q\e[?62;4;22c");
        Assert.Equal(PreviewProtocol.Sixel, TerminalCapabilities.Detect(Variables("TERM=xterm"), false, null, null, answer).Preview);
        DeviceAttributes? without = DeviceAttributes.Parse("\e[?62;22c");
        Assert.Equal(PreviewProtocol.Blocks, TerminalCapabilities.Detect(Variables("TERM=xterm"), false, null, null, without).Preview);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\e[?62;4")]
    [InlineData("\e[?c")]
    [InlineData("\e[?2026;2$y")]
    public void DeviceAttributes_parse_is_null_when_the_answer_is_missing_or_cut(string text) => Assert.Null(DeviceAttributes.Parse(text));

    [Fact]
    public void DeviceAttributes_do_not_take_the_conformance_level_for_a_feature() => Assert.False(DeviceAttributes.Parse("\e[?4;6c")!.Sixel);

    [Fact]
    public void Detect_assumes_80_by_24_when_the_window_is_unknown()
    {
        Assert.Equal(TerminalSize.Default, TerminalCapabilities.Detect(Variables(""), false, null).Size);
        Assert.Equal(new TerminalSize(80, 24), TerminalCapabilities.Detect(Variables(""), false, default(TerminalSize)).Size);
    }

    [Fact]
    public void PreviewOption_parses_each_of_its_values_and_names_them_in_the_error()
    {
        Assert.Equal(
            new PreviewProtocol?[] { null, PreviewProtocol.Kitty, PreviewProtocol.ITerm, PreviewProtocol.Sixel, PreviewProtocol.Blocks, PreviewProtocol.None },
            PreviewOption.Values.Select(PreviewOption.Parse));
        GessoException error = Assert.Throws<GessoException>(() => PreviewOption.Parse("ascii"));
        Assert.Equal("preview_unknown", error.Code);
        Assert.Contains("kitty, iterm, sixel, blocks, off", error.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Variables(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
}
