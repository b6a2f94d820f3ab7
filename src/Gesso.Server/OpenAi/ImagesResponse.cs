using System.Text.Json.Serialization;
using Gesso.Server.Native;

namespace Gesso.Server.OpenAi;

/// <summary>The answer of the image endpoints.</summary>
/// <param name="Created">Unix seconds.</param>
/// <param name="Data">The pictures, in order of their seeds.</param>
/// <param name="Background">Always opaque.</param>
/// <param name="OutputFormat">png, jpeg or webp.</param>
/// <param name="Quality">As used: low, medium, high, xhigh, max; auto when steps were given.</param>
/// <param name="Size">As used.</param>
/// <param name="Usage">What was read and drawn.</param>
/// <param name="Gesso">What else Gesso tells.</param>
public sealed record ImagesResponse(
    long Created, IReadOnlyList<ImageData> Data, string Background, string OutputFormat, string Quality, string Size, ImageUsage Usage, ImageJobNote Gesso);

/// <summary>One picture of the answer.</summary>
public sealed record ImageData
{
    /// <summary>The file, base 64; absent with response_format url.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public byte[]? B64Json { get; init; }

    /// <summary>Where the file is for a while; absent with response_format b64_json.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Url { get; init; }

    /// <summary>How to get the same picture again.</summary>
    public required PictureNote Gesso { get; init; }
}

/// <param name="Seed">The seed that repeats it.</param>
/// <param name="Job">The job that drew it.</param>
/// <param name="Picture">Its id in /api/pictures.</param>
/// <param name="Text">What was laid into it; absent: nothing.</param>
public sealed record PictureNote(
    long Seed, string Job, string Picture, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PictureTextView? Text);

/// <param name="Job">The job that drew it.</param>
/// <param name="Warnings">What was adjusted or had no effect, a sentence each.</param>
public sealed record ImageJobNote(string Job, IReadOnlyList<string> Warnings);

/// <summary>
/// Sizes as the network sees them: an image token is a patch of 16×16 pixels. Text tokens are estimated at four bytes each; nothing here is billed.
/// </summary>
public sealed record ImageUsage(long InputTokens, TokenDetails InputTokensDetails, long OutputTokens, TokenDetails OutputTokensDetails, long TotalTokens);

public sealed record TokenDetails(long TextTokens, long ImageTokens);

/// <summary>A preview within a stream: what denoising shows so far.</summary>
/// <param name="Type">image_generation.partial_image or image_edit.partial_image.</param>
/// <param name="B64Json">A small picture file, base 64.</param>
/// <param name="PartialImageIndex">0, 1, 2 within its picture.</param>
/// <param name="Index">Which picture of the request.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="Size">Of the finished picture.</param>
/// <param name="Quality">As used.</param>
/// <param name="Background">Always opaque.</param>
/// <param name="OutputFormat">Of this preview.</param>
public sealed record PartialImageEvent(
    string Type, byte[] B64Json, int PartialImageIndex, int Index, long CreatedAt, string Size, string Quality, string Background, string OutputFormat);

/// <summary>A finished picture within a stream.</summary>
/// <param name="Type">image_generation.completed or image_edit.completed.</param>
/// <param name="B64Json">The file, base 64.</param>
/// <param name="Index">Which picture of the request.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="Size">As used.</param>
/// <param name="Quality">As used.</param>
/// <param name="Background">Always opaque.</param>
/// <param name="OutputFormat">png, jpeg or webp.</param>
/// <param name="Usage">Of this picture.</param>
/// <param name="Gesso">How to get the same picture again, and what was adjusted.</param>
public sealed record CompletedImageEvent(
    string Type, byte[] B64Json, int Index, long CreatedAt, string Size, string Quality, string Background, string OutputFormat, ImageUsage Usage,
    CompletedImageNote Gesso);

public sealed record CompletedImageNote(
    long Seed, string Job, string Picture, IReadOnlyList<string> Warnings, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PictureTextView? Text);
