using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gesso.Engine.Library.Hub;

/// <summary>One entry of <c>GET /api/models/{repo}/tree/{revision}</c>.</summary>
internal sealed record TreeEntry
{
    public string? Type { get; init; }

    public string? Path { get; init; }

    public long? Size { get; init; }

    public TreeLfs? Lfs { get; init; }
}

internal sealed record TreeLfs
{
    /// <summary>SHA-256 of the content.</summary>
    public string? Oid { get; init; }

    public long? Size { get; init; }
}

/// <summary>What is known about a file that is not complete yet; lies beside it.</summary>
internal sealed record PartRecord
{
    public string? Sha256 { get; init; }

    public string? ETag { get; init; }

    public long? Size { get; init; }
}

/// <summary>What a finished pull leaves in the model's folder: where it came from, and what need not be read again next time.</summary>
internal sealed record PullManifest
{
    public const string FileName = ".gesso-pull.json";

    public int SchemaVersion { get; init; } = 1;

    public required string Source { get; init; }

    public string? Revision { get; init; }

    public string? Commit { get; init; }

    public string? License { get; init; }

    public required IReadOnlyList<ManifestFile> Files { get; init; }
}

/// <param name="Path">Relative, with <c>/</c>.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Sha256">Of the content when it was pulled.</param>
/// <param name="Modified">Last write, UTC ticks: a file changed since is read again.</param>
internal sealed record ManifestFile(string Path, long Bytes, string Sha256, long Modified);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<TreeEntry>))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(PartRecord))]
[JsonSerializable(typeof(PullManifest))]
internal sealed partial class HubJson : JsonSerializerContext;
