using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Contracts.Images;

namespace Gesso.Client;

/// <summary>A finished picture and how it was made.</summary>
public sealed record Picture
{
    public required string Id { get; init; }

    public string Job { get; init; } = "";

    /// <summary>0-based place in the job.</summary>
    public int Index { get; init; }

    /// <summary>Relative to the server; signed, so it works without a key for a while.</summary>
    public string Url { get; init; } = "";

    public string MediaType { get; init; } = "image/png";

    public int Width { get; init; }

    public int Height { get; init; }

    /// <summary>Length of the file.</summary>
    public long Bytes { get; init; }

    /// <summary>Repeats it.</summary>
    public long Seed { get; init; }

    [JsonPropertyName("created_at")]
    public DateTimeOffset Created { get; init; }

    public string? Prompt { get; init; }

    public string? Model { get; init; }

    public JobRequest? Request { get; init; }

    /// <summary>What was laid into it; null: nothing.</summary>
    public PictureText? Text { get; init; }

    [JsonIgnore]
    public ImageSize Size => new(Width, Height);
}

/// <summary>The text of a picture.</summary>
/// <param name="Document">As it was laid; <see cref="JobRequest.Text"/> takes it.</param>
/// <param name="Passed">Everything that was looked at holds: glyphs, their order and place, contrast.</param>
/// <param name="Problems">What does not hold, a sentence each.</param>
/// <param name="Notes">Where it went, and what was changed on the way.</param>
public sealed record PictureText(JsonElement Document, bool Passed, IReadOnlyList<string> Problems, IReadOnlyList<string> Notes);

/// <param name="Data">Newest first.</param>
/// <param name="Next">Where the next page begins; null: this was the last.</param>
public sealed record PicturePage(IReadOnlyList<Picture> Data, string? Next);
