using System.Net;
using Gesso.Contracts.Errors;
using Gesso.Server.Metrics;
using Gesso.Server.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gesso.Server.Hosting;

/// <summary>Where Kestrel listens, and what it bears with from a connection.</summary>
internal static class Listening
{
    private const int MaxConnections = 20_000;

    public static IReadOnlyList<ListenAddress> Addresses(ServerOptions options) =>
        [.. options.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(url => ListenAddress.Parse(url))];

    public static void UseListening(this IWebHostBuilder host, ServerOptions options)
    {
        var addresses = Addresses(options);
        if (addresses.Any(a => a.Scheme == "https"))
            host.UseKestrelHttpsConfiguration();
        host.ConfigureKestrel(kestrel =>
        {
            SetLimits(kestrel, options.Limits);
            foreach (var address in addresses)
                Listen(kestrel, address, listen => Secure(listen, address));
            if (options.Telemetry.MetricsUrl is { } metrics)
                Listen(kestrel, ListenAddress.Parse(metrics, TelemetryOptions.MetricsField), MarkMetrics);
        });
    }

    /// <summary>Where the API answers, as a program on this machine reaches it.</summary>
    /// <param name="server">Started: free ports are known.</param>
    /// <param name="options">What it was told.</param>
    public static IReadOnlyList<string> ApiUrls(IServer server, ServerOptions options)
    {
        // Kestrel tells its addresses in the order in which they were listed above: that for metrics is the last
        var bound = server.Features.Get<IServerAddressesFeature>()!.Addresses;
        return [.. bound.SkipLast(options.Telemetry.MetricsUrl is null ? 0 : 1).Select(Reachable)];
    }

    /// <summary>Which field is at fault, and why.</summary>
    public static GessoException CannotListen(ServerOptions options, Exception e)
    {
        bool taken = e.InnerException is AddressInUseException;
        string why = taken ? "another program does" : (e.InnerException?.Message ?? e.Message).TrimEnd('.');
        // Kestrel tells the address in its message only
        bool isMetrics = options.Telemetry.MetricsUrl is { } url && e.Message.Contains($":{ListenAddress.Parse(url).Port}:", StringComparison.Ordinal);
        return GessoException.Unavailable(
            taken ? "address_in_use" : "address_unavailable",
            isMetrics
                ? $"{TelemetryOptions.MetricsField}: \"{options.Telemetry.MetricsUrl}\" cannot be listened on: {why}. Choose another in the configuration."
                : $"urls: \"{options.Urls}\" cannot be listened on: {why}. Choose another with --urls.",
            e);
    }

    private static string Reachable(string url) =>
        url.Replace("://[::]:", "://127.0.0.1:", StringComparison.Ordinal).Replace("://0.0.0.0:", "://127.0.0.1:", StringComparison.Ordinal);

    private static void SetLimits(KestrelServerOptions kestrel, LimitOptions limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.Limits.MaxRequestBodySize = limits.MaxBodyBytes;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        kestrel.Limits.MaxRequestHeaderCount = 100;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 << 10;
        // a sender or reader of single bytes holds a connection, not a server: 240 B/s after 10 s of grace
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(240, TimeSpan.FromSeconds(10));
        kestrel.Limits.MinResponseDataRate = new MinDataRate(240, TimeSpan.FromSeconds(10));
    }

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address, Action<ListenOptions> configure)
    {
        if (address.Address is null && address.Port != 0)
            kestrel.ListenLocalhost(address.Port, configure);
        else if (IPAddress.IPv6Any.Equals(address.Address))
            kestrel.ListenAnyIP(address.Port, configure);
        else
            kestrel.Listen(address.Address ?? IPAddress.Loopback, address.Port, configure);
    }

    private static void Secure(ListenOptions listen, ListenAddress address)
    {
        if (address.Scheme == "https")
            listen.UseHttps(listen.ApplicationServices.GetRequiredService<ServerCertificate>().Handshake());
        else
            listen.Protocols = HttpProtocols.Http1;
    }

    private static void MarkMetrics(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => connection =>
        {
            connection.Features.Set(MetricsConnection.Instance);
            return next(connection);
        });
    }
}
