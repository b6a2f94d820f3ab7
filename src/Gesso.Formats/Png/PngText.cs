namespace Gesso.Formats.Png;

/// <summary>One text entry of a PNG picture.</summary>
/// <param name="Keyword">
/// 1 to 79 printable Latin-1 characters without a space at either end or two in a row. The specification registers Title, Author, Description, Copyright,
/// Creation Time, Software, Disclaimer, Warning, Source and Comment; image generators add <c>parameters</c>, <c>prompt</c> and <c>workflow</c>.
/// </param>
/// <param name="Text">Any text without NUL; lines end in LF.</param>
public sealed record PngText(string Keyword, string Text);
