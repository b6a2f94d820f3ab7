using System.Text.Json.Serialization;
using Gesso.Client.Connection;

namespace Gesso.Client;

/// <summary>Pictures to start from.</summary>
public sealed class UploadsClient
{
    private readonly ServerConnection _connection;

    internal UploadsClient(ServerConnection connection) => _connection = connection;

    /// <summary>Brings a PNG, JPEG or WebP file to the server; its id goes into <see cref="JobRequest.Image"/>.</summary>
    public Task<Upload> AddAsync(ReadOnlyMemory<byte> file, string mediaType, CancellationToken cancellation = default) =>
        _connection.ReadAsync(new ClientCall(HttpMethod.Post, "api/uploads") { Body = file, MediaType = mediaType }, ClientJson.Default.Upload, cancellation);
}

/// <summary>A picture on the server that no job made.</summary>
public sealed record Upload
{
    /// <summary>SHA-256 of the file.</summary>
    public required string Id { get; init; }

    public string MediaType { get; init; } = "";

    public int Width { get; init; }

    public int Height { get; init; }

    public long Bytes { get; init; }

    /// <summary>Kept until then at least, longer while it is used.</summary>
    [JsonPropertyName("expires_at")]
    public DateTimeOffset? Expires { get; init; }
}
