using Gesso.Contracts.Errors;

namespace Gesso.Cli.Rendering;

/// <summary>How a terminal shows pictures, from nothing to the richest.</summary>
internal enum PreviewProtocol
{
    None,

    /// <summary>Two pixels per character cell: ▀ with a foreground and a background colour.</summary>
    Blocks,

    /// <summary>DEC Sixel, 256 colours.</summary>
    Sixel,

    /// <summary>iTerm2 inline images (OSC 1337).</summary>
    ITerm,

    /// <summary>Kitty graphics protocol.</summary>
    Kitty,
}

/// <summary>The value of <c>--preview</c>: a protocol, <c>off</c>, or <c>auto</c> (null: what the terminal can do).</summary>
internal static class PreviewOption
{
    /// <summary>The accepted values, in the order of the help text.</summary>
    public static IReadOnlyList<string> Values { get; } = ["auto", "kitty", "iterm", "sixel", "blocks", "off"];

    /// <exception cref="GessoException"><c>preview_unknown</c>: the text is none of <see cref="Values"/>.</exception>
    public static PreviewProtocol? Parse(string text) => text.ToLowerInvariant() switch
    {
        "auto" => null,
        "kitty" => PreviewProtocol.Kitty,
        "iterm" => PreviewProtocol.ITerm,
        "sixel" => PreviewProtocol.Sixel,
        "blocks" => PreviewProtocol.Blocks,
        "off" => PreviewProtocol.None,
        _ => throw GessoException.Invalid("preview_unknown", $"--preview takes one of {string.Join(", ", Values)}; got '{text}'. Leave it out for auto."),
    };
}
