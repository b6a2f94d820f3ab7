using System.Net;
using System.Net.Http.Headers;
using Gesso.Contracts.Errors;

namespace Gesso.Engine.Library.Hub;

/// <summary>Something that may be gone at the next try; <see cref="Last"/> is what the user hears if it never is.</summary>
internal sealed class TransientHubException(GessoException last, TimeSpan? retryAfter) : Exception(last.Message, last)
{
    public GessoException Last { get; } = last;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>
/// Requests with patience: 429, 408, 5xx and broken connections are tried again after 1, 2, 4 … 32 s or as long as the server asks; everything
/// else is an answer.
/// </summary>
internal sealed class HubTransport(HttpClient http, HubOptions options, TimeProvider time)
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(5);

    private volatile bool _reached;

    public HubOptions Options => options;

    /// <summary>One request; returns when the headers are there. The token goes to the hub itself only.</summary>
    /// <param name="uri">Where to.</param>
    /// <param name="what">The repo or address, for messages.</param>
    /// <param name="configure">Sets further headers; may be null.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="accepted">A status that is an answer too, besides 2xx.</param>
    /// <exception cref="TransientHubException">Worth another try.</exception>
    /// <exception cref="GessoException">Not worth one.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        Uri uri, string what, Action<HttpRequestHeaders>? configure, CancellationToken cancellation, HttpStatusCode? accepted = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("gesso", typeof(HubTransport).Assembly.GetName().Version?.ToString(3)));
        if (options.Token is { } secret && IsEndpoint(uri))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        configure?.Invoke(request.Headers);
        HttpResponseMessage response;
        try
        {
            response = await UnlessStalledAsync(token => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), cancellation);
        }
        catch (HttpRequestException e)
        {
            GessoException error = HubErrors.Unreachable(uri, options, e);
            throw IsHopeless(e.HttpRequestError) ? error : new TransientHubException(error, null);
        }
        catch (TimeoutException e)
        {
            throw new TransientHubException(HubErrors.Unreachable(uri, options, e), null);
        }
        _reached = true;
        if (response.IsSuccessStatusCode || response.StatusCode == accepted)
            return response;
        using (response)
            throw Failure(response, uri, what);
    }

    /// <summary>The text of a small answer and its headers.</summary>
    public async Task<(byte[] Body, HttpResponseHeaders Headers)> GetSmallAsync(Uri uri, string what, int limit, CancellationToken cancellation) =>
        await RetryAsync(
            async () =>
            {
                using HttpResponseMessage response = await SendAsync(uri, what, null, cancellation);
                using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
                using var bytes = new MemoryStream();
                byte[] buffer = new byte[16 * 1024];
                int count;
                while ((count = await ReadAsync(body, buffer, uri, cancellation)) > 0)
                {
                    bytes.Write(buffer, 0, count);
                    if (bytes.Length > limit)
                        throw HubErrors.BadAnswer(uri, null);
                }
                return (bytes.ToArray(), response.Headers);
            },
            () => 0,
            cancellation);

    /// <summary>Reads some of a body; a broken or silent connection is transient.</summary>
    public async Task<int> ReadAsync(Stream body, Memory<byte> buffer, Uri uri, CancellationToken cancellation)
    {
        try
        {
            return await UnlessStalledAsync(token => body.ReadAsync(buffer, token).AsTask(), cancellation);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or TimeoutException)
        {
            throw new TransientHubException(HubErrors.Unreachable(uri, options, e), null);
        }
    }

    /// <summary>Tries until it works, or <see cref="HubOptions.Attempts"/> tries in a row moved <paramref name="progress"/> not a bit.</summary>
    public async Task<T> RetryAsync<T>(Func<Task<T>> attempt, Func<long> progress, CancellationToken cancellation)
    {
        long reached = progress();
        for (int failures = 1; ; failures++)
        {
            try
            {
                return await attempt();
            }
            catch (TransientHubException e)
            {
                if (progress() > reached)
                    failures = 1;
                reached = Math.Max(reached, progress());
                var patience = TimeSpan.FromSeconds(1 << Math.Min(5, failures - 1));
                TimeSpan wait = Max(patience, e.RetryAfter ?? TimeSpan.Zero);
                if (failures >= options.Attempts || wait > s_longestWait)
                    throw e.Last;
                await Task.Delay(wait, time, cancellation);
            }
        }
    }

    /// <summary>Certificates do not mend themselves; and where nothing was ever reached the machine is offline, which waiting would only hide.</summary>
    private bool IsHopeless(HttpRequestError error) =>
        error == HttpRequestError.SecureConnectionError
        || (!_reached && error is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError);

    private async Task<T> UnlessStalledAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using var stall = new CancellationTokenSource(options.StallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellation);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException e) when (stall.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {options.StallTimeout.TotalSeconds:0} s", e);
        }
    }

    private Exception Failure(HttpResponseMessage response, Uri uri, string what)
    {
        int status = (int)response.StatusCode;
        TimeSpan? wait = RetryAfter(response);
        return status switch
        {
            429 => new TransientHubException(HubErrors.RateLimited(uri, wait ?? TimeSpan.FromMinutes(1), options), wait),
            408 or >= 500 => new TransientHubException(HubErrors.Failing(uri, status), wait),
            _ => HubErrors.Of(response, uri, what, options),
        };
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => Max(delta, TimeSpan.Zero),
        { Date: { } date } => Max(date - time.GetUtcNow(), TimeSpan.Zero),
        _ => null,
    };

    private bool IsEndpoint(Uri uri) =>
        uri.Scheme == options.Endpoint.Scheme && string.Equals(uri.Authority, options.Endpoint.Authority, StringComparison.OrdinalIgnoreCase);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
