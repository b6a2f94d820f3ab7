using System.Net;
using System.Net.Sockets;
using Gesso.Server.Hosting;

namespace Gesso.Server.Fetching;

/// <summary>
/// The only HTTP client of this server that goes where callers say. Names are resolved once, and the connection is made to the very address that was checked: a
/// name that changes between check and connection (DNS rebinding) gains nothing. No proxy, no cookies, no redirects, no decompression.
/// </summary>
internal sealed class GuardedHttp : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    private readonly AddressRules _rules;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly HttpMessageInvoker _client;

    public GuardedHttp(ServerOptions options)
        : this(new AddressRules(options.Security.FetchNetworks), (host, cancellation) => Dns.GetHostAddressesAsync(host, cancellation))
    {
    }

    /// <param name="rules">Which addresses are connected to.</param>
    /// <param name="resolve">Names to addresses.</param>
    public GuardedHttp(AddressRules rules, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        _rules = rules;
        _resolve = resolve;
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            MaxConnectionsPerServer = 16,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            // a traceparent would tell strangers about us
            ActivityHeadersPropagator = null,
            ConnectCallback = (context, cancellation) => ConnectAsync(context.DnsEndPoint, cancellation),
        });
    }

    /// <summary>Sends to an address that was checked by <see cref="FetchUrl"/>; the body is read by the caller.</summary>
    /// <exception cref="HttpRequestException">Not reached.</exception>
    /// <exception cref="Contracts.Errors.GessoException">InvalidRequest <c>url_not_allowed</c>.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        _ = FetchUrl.Check(request.RequestUri!);
        request.Headers.UserAgent.ParseAdd("Gesso");
        try
        {
            return await _client.SendAsync(request, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.InnerException is Contracts.Errors.GessoException refused)
        {
            throw refused;
        }
    }

    /// <summary>Refuses what no look-up is needed for: odd spellings, and closed addresses that are written out. What a name leads to is judged at each call.</summary>
    /// <exception cref="Contracts.Errors.GessoException">InvalidRequest <c>url_not_allowed</c>.</exception>
    public void Check(Uri url)
    {
        string host = FetchUrl.Check(url).IdnHost.Trim('[', ']');
        var literal = host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(host, out var address) ? address : null;
        if (literal is not null && !IsOpen(literal, url.Port))
            throw Closed();
    }

    public void Dispose() => _client.Dispose();

    /// <summary>One sentence for names that do not exist and for names of private machines: callers cannot ask our resolver about our network.</summary>
    private static Contracts.Errors.GessoException Closed() => FetchUrl.Refuse(
        "a host with a public address and a port that is 80, 443 or above 1023; private networks must be named in security:fetchNetworks of the server");

    private async ValueTask<Stream> ConnectAsync(DnsEndPoint target, CancellationToken cancellation)
    {
        var open = (await ResolveAsync(target.Host, cancellation).ConfigureAwait(false)).Where(a => IsOpen(a, target.Port)).ToList();
        if (open.Count == 0)
            throw Closed();
        Exception? last = null;
        foreach (var address in open)
        {
            Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, target.Port), cancellation).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw last!;
    }

    private bool IsOpen(IPAddress address, int port) => _rules.IsOpen(address) && (FetchUrl.IsOpenPort(port) || _rules.IsNamed(address));

    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var literal))
            return [literal];
        try
        {
            return await _resolve(host, cancellation).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
