using System.Text.Json;
using Gesso.Platform.Jobs;

namespace Gesso.Server.Native;

/// <summary>The text of a picture.</summary>
/// <param name="Document">As it was laid; POST /api/jobs takes it as text.</param>
/// <param name="Passed">Everything that was looked at holds: glyphs, their order and place, contrast.</param>
/// <param name="Problems">What does not hold, a sentence each.</param>
/// <param name="Notes">Where it went, and what was changed on the way.</param>
public sealed record PictureTextView(JsonElement Document, bool Passed, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes);

/// <summary>Text as the answers show it.</summary>
internal static class TextViews
{
    private static readonly JsonElement s_none = JsonElement.Parse("false");
    private static readonly JsonElement s_quoted = JsonElement.Parse("\"auto\"");

    public static JsonElement Of(TextUse? text) => text switch
    {
        null => s_none,
        { Document: { } document } => JsonElement.Parse(document),
        _ => s_quoted,
    };

    public static PictureTextView? Of(PictureText? text) =>
        text is null ? null : new PictureTextView(JsonElement.Parse(text.Document), text.Problems.Count == 0, text.Problems, text.Notes);
}
