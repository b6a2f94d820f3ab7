using System.Net;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;

namespace Gesso.Server.Security;

/// <summary>
/// Answers only requests for a name this server is known by. A page that makes its own name point at this machine (DNS rebinding) would otherwise pass for a page
/// of this server. Numbers cannot be rebound: an address is accepted where the server listens beyond loopback.
/// </summary>
internal sealed class HostCheck
{
    private readonly RequestDelegate _next;
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase) { "localhost", "127.0.0.1", "::1" };
    private readonly List<string> _suffixes = [];
    private readonly bool _any;
    private readonly bool _public;

    public HostCheck(RequestDelegate next, ServerOptions options)
    {
        _next = next;
        var addresses = Listening.Addresses(options);
        _public = addresses.Any(a => !a.IsLoopback);
        if (_public)
            _names.Add(Environment.MachineName);
        foreach (string host in options.Security.AllowedHosts)
        {
            if (host == "*")
                _any = true;
            else if (host.StartsWith("*.", StringComparison.Ordinal))
                _suffixes.Add(host[1..]);
            else
                _names.Add(host.Trim('[', ']'));
        }
    }

    public Task InvokeAsync(HttpContext context)
    {
        string host = context.Request.Host.Host.Trim('[', ']').TrimEnd('.');
        return IsKnown(host) ? _next(context) : throw new ApiException(421, new ApiError(
            $"This server does not answer for the host \"{Shown(host)}\": call it by its address, or name the host in security:allowedHosts.",
            "invalid_request_error", null, "host_not_allowed"));
    }

    private bool IsKnown(string host)
    {
        if (_any || _names.Contains(host))
            return true;
        if (IPAddress.TryParse(host, out var address) && address.ToString() == host)
            return _public || IPAddress.IsLoopback(address);
        return _suffixes.Exists(suffix => host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
    }

    private static string Shown(string host) => host.Length <= 100 ? host : host[..100] + "…";
}
