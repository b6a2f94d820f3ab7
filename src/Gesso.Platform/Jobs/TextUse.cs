namespace Gesso.Platform.Jobs;

/// <summary>Text that is laid into the pictures of a job when they are drawn.</summary>
/// <param name="Document">A text document as JSON (docs/schemas/text-document.json); null: the words that the prompt puts in quotation marks, which the network is not given.</param>
public sealed record TextUse(string? Document = null);

/// <summary>The text of a picture.</summary>
/// <param name="Document">As it was laid, as JSON.</param>
/// <param name="Problems">What does not hold of it, a sentence each; none: all that was looked at holds.</param>
/// <param name="Notes">Where it went, and what was changed on the way.</param>
public sealed record PictureText(string Document, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes);
