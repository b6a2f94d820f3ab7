using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gesso.Contracts.Errors;
using Gesso.Server.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gesso.Server.Security;

/// <summary>
/// The certificate of https addresses, from PEM files. Looked at every <see cref="Period"/>, so that a renewed file is used without a restart; file watchers miss
/// the exchanged links of mounted secrets. A file that cannot be used leaves the old certificate in place and is told in the log.
/// </summary>
internal sealed partial class ServerCertificate : IDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private readonly string _certificate;
    private readonly string _key;
    private readonly ILogger<ServerCertificate> _logger;
    private readonly ITimer _timer;
    private SslStreamCertificateContext _context;
    private string _fingerprint;

    /// <exception cref="GessoException">InvalidRequest <c>bad_certificate</c> naming the file.</exception>
    public ServerCertificate(ServerOptions options, TimeProvider time, ILogger<ServerCertificate> logger)
    {
        if (options.Security is not { Certificate: { } certificate, CertificateKey: { } key })
        {
            throw GessoException.Invalid(
                "bad_configuration", $"urls: \"{options.Urls}\" asks for https, which needs security:certificate and security:certificateKey (PEM files).");
        }
        (_certificate, _key, _logger) = (certificate, key, logger);
        try
        {
            _fingerprint = Fingerprint();
            _context = Load();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid("bad_certificate", $"security:certificate: \"{certificate}\" with the key \"{key}\" cannot be used: {e.Message}", e);
        }
        _timer = time.CreateTimer(_ => Reload(), null, Period, Period);
    }

    /// <summary>Asked for each new connection, so each gets the latest certificate.</summary>
    public TlsHandshakeCallbackOptions Handshake() => new()
    {
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = Volatile.Read(ref _context),
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        }),
    };

    public void Dispose() => _timer.Dispose();

    private void Reload()
    {
        try
        {
            string fingerprint = Fingerprint();
            if (fingerprint == _fingerprint)
                return;
            Volatile.Write(ref _context, Load());
            _fingerprint = fingerprint;
            Log.Renewed(_logger, _certificate, _context.TargetCertificate.NotAfter);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            Log.NotRenewed(_logger, _certificate, e.Message);
        }
    }

    private string Fingerprint() => Convert.ToHexString(SHA256.HashData([.. File.ReadAllBytes(_certificate), 0, .. File.ReadAllBytes(_key)]));

    private SslStreamCertificateContext Load()
    {
        var certificate = X509Certificate2.CreateFromPemFile(_certificate, _key);
        X509Certificate2Collection chain = [];
        chain.ImportFromPemFile(_certificate);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "New certificate from {File}, valid until {End}")]
        public static partial void Renewed(ILogger logger, string file, DateTime end);

        [LoggerMessage(Level = LogLevel.Error, Message = "The changed certificate {File} cannot be used, the one before stays: {Reason}")]
        public static partial void NotRenewed(ILogger logger, string file, string reason);
    }
}
