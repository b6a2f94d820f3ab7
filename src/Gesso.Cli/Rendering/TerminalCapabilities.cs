namespace Gesso.Cli.Rendering;

/// <summary>How many colours the terminal shows by SGR codes.</summary>
internal enum ColorDepth
{
    None,

    /// <summary>The xterm palette of 256.</summary>
    Indexed,

    /// <summary>24 bit.</summary>
    True,
}

/// <summary>What the output can show. Everything in this folder asks this record, never the console, so tests need no terminal.</summary>
internal sealed record TerminalCapabilities
{
    /// <summary>Control codes may be written: a terminal, and not TERM=dumb.</summary>
    public bool IsInteractive { get; init; }

    public PreviewProtocol Preview { get; init; }

    public ColorDepth Colors { get; init; }

    /// <summary>Block elements such as ▀ and █ come out right.</summary>
    public bool IsUnicode { get; init; } = true;

    public TerminalSize Size { get; init; } = TerminalSize.Default;

    /// <summary>A file or a pipe: plain lines only.</summary>
    public static TerminalCapabilities Plain { get; } = new();

    /// <summary>
    /// Decides from the environment. Multiplexers (tmux, screen, zellij) swallow or misplace pictures, so inside one only blocks are chosen;
    /// WezTerm speaks Kitty and iTerm2, and its Kitty is the less conformant of the two.
    /// </summary>
    /// <param name="environment">Environment variables; a missing one and an empty one are the same.</param>
    /// <param name="isOutputRedirected">The output is a file or a pipe.</param>
    /// <param name="window">Null: unknown, 80x24 is assumed.</param>
    /// <param name="preview">What the user chose by <c>--preview</c>; null is auto. A choice holds even where it cannot be seen to work.</param>
    /// <param name="attributes">The terminal's answer to "who are you", where it was asked.</param>
    public static TerminalCapabilities Detect(
        IReadOnlyDictionary<string, string> environment,
        bool isOutputRedirected,
        TerminalSize? window,
        PreviewProtocol? preview = null,
        DeviceAttributes? attributes = null)
    {
        var variables = new Variables(environment);
        bool interactive = !isOutputRedirected && variables["TERM"] != "dumb";
        bool unicode = SpeaksUnicode(variables);
        bool colorless = !interactive || variables.Has("NO_COLOR");
        PreviewProtocol chosen = preview ?? (colorless ? PreviewProtocol.None : Best(variables, unicode, attributes));
        bool drawsBlocksOnDemand = preview == PreviewProtocol.Blocks;
        TerminalSize size = window is { Columns: > 0, Rows: > 0 } known ? known : TerminalSize.Default;
        return new TerminalCapabilities
        {
            IsInteractive = interactive,
            Preview = chosen,
            Colors = colorless && !drawsBlocksOnDemand ? ColorDepth.None : Depth(variables),
            IsUnicode = unicode,
            Size = size,
        };
    }

    private static PreviewProtocol Best(Variables variables, bool unicode, DeviceAttributes? attributes)
    {
        PreviewProtocol fallback = unicode ? PreviewProtocol.Blocks : PreviewProtocol.None;
        string term = variables["TERM"];
        string program = variables["TERM_PROGRAM"];
        if (IsMultiplexed(variables))
            return fallback;
        if (program is "iTerm.app" or "WezTerm" or "mintty" || variables["LC_TERMINAL"] == "iTerm2")
            return PreviewProtocol.ITerm;
        bool kitty = term.Contains("kitty", StringComparison.Ordinal) || variables.Has("KITTY_WINDOW_ID");
        bool ghostty = term.Contains("ghostty", StringComparison.Ordinal) || program == "ghostty";
        if (kitty || ghostty)
            return PreviewProtocol.Kitty;
        string sixel = variables["GESSO_SIXEL"];
        if (sixel == "0")
            return fallback;
        bool knownSixel = term.StartsWith("foot", StringComparison.Ordinal) || term.StartsWith("mlterm", StringComparison.Ordinal)
            || term.Contains("sixel", StringComparison.Ordinal);
        return knownSixel || sixel.Length > 0 || attributes is { Sixel: true } ? PreviewProtocol.Sixel : fallback;
    }

    private static bool IsMultiplexed(Variables variables) =>
        variables.Has("TMUX") || variables.Has("STY") || variables.Has("ZELLIJ")
        || variables["TERM"].StartsWith("screen", StringComparison.Ordinal) || variables["TERM"].StartsWith("tmux", StringComparison.Ordinal);

    private static ColorDepth Depth(Variables variables)
    {
        bool told = variables["COLORTERM"] is "truecolor" or "24bit" || variables["TERM"].EndsWith("-direct", StringComparison.Ordinal);
        bool known = variables.Has("WT_SESSION") || variables["TERM"].Contains("kitty", StringComparison.Ordinal)
            || variables["TERM_PROGRAM"] is "iTerm.app" or "WezTerm" or "ghostty" or "mintty" or "vscode";
        return told || known ? ColorDepth.True : ColorDepth.Indexed;
    }

    /// <summary>The locale as setlocale resolves it; none set (containers) is taken for UTF-8, as .NET does when it encodes the output.</summary>
    private static bool SpeaksUnicode(Variables variables)
    {
        string locale = variables.Has("LC_ALL") ? variables["LC_ALL"] : variables.Has("LC_CTYPE") ? variables["LC_CTYPE"] : variables["LANG"];
        return locale.Length == 0 || locale.Contains("utf", StringComparison.OrdinalIgnoreCase);
    }

    private readonly struct Variables(IReadOnlyDictionary<string, string> values)
    {
        public string this[string name] => values.TryGetValue(name, out string? value) ? value ?? "" : "";

        public bool Has(string name) => this[name].Length > 0;
    }
}
