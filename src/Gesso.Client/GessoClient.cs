using System.Text.Json;
using Gesso.Client.Connection;

namespace Gesso.Client;

/// <summary>
/// A Gesso server. Calls that can safely be repeated are, while the server is away or asks for patience (<see cref="GessoClientOptions.Patience"/>); sending a job
/// is one of them, because it travels with an idempotency key. Errors are <see cref="Contracts.Errors.GessoException"/>s. Safe for many threads.
/// </summary>
public sealed class GessoClient : IDisposable
{
    private readonly ServerConnection _connection;

    /// <param name="server">Its address, for example <c>http://127.0.0.1:7860</c>.</param>
    /// <param name="key">An API key, <c>gsk_…</c>.</param>
    /// <param name="handler">Sends the requests and stays the caller's; null: a handler of this client's own.</param>
    /// <param name="options">Null: the defaults.</param>
    public GessoClient(Uri server, string key, HttpMessageHandler? handler = null, GessoClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        _connection = new ServerConnection(server, key, handler, options ?? new GessoClientOptions());
        Jobs = new JobsClient(_connection);
        Batches = new BatchesClient(_connection);
        Pictures = new PicturesClient(_connection);
        Uploads = new UploadsClient(_connection);
        Keys = new KeysClient(_connection);
        Tenants = new TenantsClient(_connection);
    }

    /// <summary>How the records of this library look as JSON: as the server sends them.</summary>
    public static JsonSerializerOptions JsonOptions => ClientJson.Default.Options;

    public Uri Server => _connection.Server;

    public JobsClient Jobs { get; }

    public BatchesClient Batches { get; }

    public PicturesClient Pictures { get; }

    public UploadsClient Uploads { get; }

    /// <summary>For keys that may administrate.</summary>
    public KeysClient Keys { get; }

    /// <summary>For keys that may administrate.</summary>
    public TenantsClient Tenants { get; }

    /// <summary>The models a job can name.</summary>
    public Task<ModelList> ModelsAsync(CancellationToken cancellation = default) => _connection.GetAsync("api/models", ClientJson.Default.ModelList, cancellation);

    /// <summary>The adapters a job can name.</summary>
    public Task<AdapterList> AdaptersAsync(CancellationToken cancellation = default) =>
        _connection.GetAsync("api/adapters", ClientJson.Default.AdapterList, cancellation);

    /// <summary>Queue, workers, and whose key this is.</summary>
    public Task<ServerStatus> StatusAsync(CancellationToken cancellation = default) => _connection.GetAsync("api/status", ClientJson.Default.ServerStatus, cancellation);

    public void Dispose() => _connection.Dispose();
}
