namespace Gesso.Cli.Rendering;

/// <summary>
/// A picture as terminal text that covers exactly <see cref="Columns"/> × <see cref="Rows"/> cells.
/// Blocks: <see cref="Rows"/> lines separated by <c>\n</c>. Other protocols: one control string, drawn at the cursor, which it may leave anywhere.
/// </summary>
internal sealed record RenderedImage(PreviewProtocol Protocol, int Columns, int Rows, string Payload)
{
    /// <summary>What takes the picture off the screen again, where erasing the cells does not (Kitty); else empty.</summary>
    public string Removal { get; init; } = "";
}
