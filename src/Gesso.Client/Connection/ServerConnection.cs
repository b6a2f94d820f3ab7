using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gesso.Contracts.Errors;

namespace Gesso.Client.Connection;

/// <summary>Sends calls to one server, again where that is safe and promises something, and turns its errors into exceptions.</summary>
internal sealed class ServerConnection : IDisposable
{
    private const string Json = "application/json";

    private readonly HttpClient _http;
    private readonly AuthenticationHeaderValue _credential;

    public ServerConnection(Uri server, string key, HttpMessageHandler? handler, GessoClientOptions options)
    {
        if (!server.IsAbsoluteUri || server.Scheme is not ("http" or "https"))
            throw GessoException.Invalid("bad_server", $"The server's address is \"{server}\"; expected one such as http://127.0.0.1:7860.");
        // relative paths replace what follows the last slash
        Server = server.AbsoluteUri.EndsWith('/') ? server : new Uri(server.AbsoluteUri + "/");
        Options = options;
        _credential = new AuthenticationHeaderValue("Bearer", key.Trim());
        _http = new HttpClient(handler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }, disposeHandler: handler is null)
        {
            BaseAddress = Server,
            Timeout = Timeout.InfiniteTimeSpan, // each attempt has its own limit, and streams have none
        };
    }

    public Uri Server { get; }

    public GessoClientOptions Options { get; }

    /// <summary>A name for one request, so that sending it again makes nothing twice.</summary>
    public static string NewIdempotencyKey() => "client-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) => ReadAsync(new ClientCall(HttpMethod.Get, path), type, cancellation);

    /// <summary>A POST without harm when repeated: the server makes the same of it, or knows the idempotency key.</summary>
    public Task<T> PostAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation, string? idempotencyKey = null) =>
        ReadAsync(new ClientCall(HttpMethod.Post, path) { IdempotencyKey = idempotencyKey }, type, cancellation);

    public Task<T> PostAsync<TBody, T>(
        string path, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancellation, string? idempotencyKey = null) =>
        ReadAsync(
            new ClientCall(HttpMethod.Post, path)
            {
                Body = JsonSerializer.SerializeToUtf8Bytes(body, bodyType),
                MediaType = Json,
                IdempotencyKey = idempotencyKey,
                IsRepeatable = idempotencyKey is not null,
            },
            type,
            cancellation);

    public async Task DeleteAsync(string path, CancellationToken cancellation)
    {
        using var response = await SendAsync(new ClientCall(HttpMethod.Delete, path), cancellation).ConfigureAwait(false);
    }

    public Task<T> ReadAsync<T>(ClientCall call, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        RepeatAsync(
            call,
            async response =>
            {
                using (response)
                {
                    try
                    {
                        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
                        await using (stream.ConfigureAwait(false))
                        {
                            return await JsonSerializer.DeserializeAsync(stream, type, cancellation).ConfigureAwait(false)
                                ?? throw new JsonException("The answer is null.");
                        }
                    }
                    catch (JsonException e)
                    {
                        throw GessoException.Unavailable("unexpected_answer", $"{Server} answered {call.Method} {call.Path} with something else than expected. Is it a Gesso server of this version? {e.Message}", e);
                    }
                }
            },
            cancellation);

    public Task<byte[]> ReadBytesAsync(ClientCall call, CancellationToken cancellation) =>
        RepeatAsync(
            call,
            async response =>
            {
                using (response)
                    return await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
            },
            cancellation);

    /// <summary>The answer once its headers are here; the caller disposes it.</summary>
    public Task<HttpResponseMessage> SendAsync(ClientCall call, CancellationToken cancellation) => RepeatAsync(call, Task.FromResult, cancellation);

    /// <summary>Attempts until one succeeds, its answer read to the end, or another makes no sense.</summary>
    /// <exception cref="GessoServerException">The server's own words.</exception>
    /// <exception cref="GessoException">Unavailable <c>server_unreachable</c>.</exception>
    private async Task<T> RepeatAsync<T>(ClientCall call, Func<HttpResponseMessage, Task<T>> read, CancellationToken cancellation)
    {
        var schedule = new RepeatSchedule(Options);
        bool again = false;
        while (true)
        {
            GessoException failure;
            TimeSpan? asked = null;
            try
            {
                var response = await AttemptAsync(call, cancellation).ConfigureAwait(false);
                // the answer to the first attempt was lost, and it had deleted the thing
                if (response.IsSuccessStatusCode || (again && call.Method == HttpMethod.Delete && response.StatusCode == HttpStatusCode.NotFound))
                    return await read(response).ConfigureAwait(false);
                using (response)
                {
                    var error = await ErrorAnswer.ReadAsync(response, Options.Time, cancellation).ConfigureAwait(false);
                    if (!ErrorAnswer.MayBeRepeated(response))
                        throw error;
                    (failure, asked) = (error, error.RetryAfter);
                }
            }
            catch (Exception e) when (IsLostConnection(e, cancellation))
            {
                failure = Unreachable(e);
            }
            if (!call.IsRepeatable || !await schedule.WaitAsync(asked, cancellation).ConfigureAwait(false))
                throw failure;
            again = true;
        }
    }

    public GessoException Unreachable(Exception cause) =>
        GessoException.Unavailable("server_unreachable", $"{Server} does not answer ({cause.Message.TrimEnd('.')}). Is `gesso serve` running there?", cause);

    public static bool IsLostConnection(Exception e, CancellationToken cancellation) =>
        e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested);

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> AttemptAsync(ClientCall call, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Options.AnswerTimeout, Options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        using var message = call.ToMessage();
        message.Headers.Authorization = _credential;
        return await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
    }
}
