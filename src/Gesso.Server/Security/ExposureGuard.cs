using Gesso.Contracts.Errors;
using Gesso.Platform.Accounts;
using Gesso.Server.Hosting;

namespace Gesso.Server.Security;

/// <summary>Before the server listens: refuses addresses that others can reach while there is no key, and warns where keys would travel in plain text.</summary>
internal sealed partial class ExposureGuard(ServerOptions options, IAccountStore accounts, TimeProvider time, ILogger<ExposureGuard> logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var open = Listening.Addresses(options).Where(a => !a.IsLoopback).ToList();
        if (open.Count == 0)
            return;
        if (await accounts.CountValidAsync(time.GetUtcNow(), cancellationToken).ConfigureAwait(false) == 0)
        {
            throw GessoException.Refused(
                "no_keys",
                $"urls: \"{options.Urls}\" can be reached from other machines, and there is no valid API key. "
                + $"Start once on {ServerOptions.DefaultUrl} to make one, or make one with \"gesso keys create\".");
        }
        foreach (var address in open.Where(a => a.Scheme == "http"))
            Log.PlainText(logger, $"{address.Scheme}://{address.Host}:{address.Port}");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "Listening on {Address} without TLS: keys and pictures cross the network in plain text. Name a certificate, or put a proxy with TLS in front")]
        public static partial void PlainText(ILogger logger, string address);
    }
}
