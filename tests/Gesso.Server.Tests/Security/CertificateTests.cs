using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gesso.Contracts.Errors;
using Gesso.Server.Hosting;
using Gesso.Server.Security;
using Gesso.Testing;
using Gesso.Testing.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Security;

public sealed class CertificateTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Https_uses_the_files_and_takes_up_new_ones_while_running()
    {
        FakeTimeProvider time = new();
        string first = Write("first.example");
        await using var server = await StartAsync(time);

        Assert.Equal(first, await ShownAsync(server));
        string second = Write("second.example");
        time.Advance(ServerCertificate.Period);
        Assert.Equal(second, await ShownAsync(server));
    }

    [Fact]
    public async Task Damaged_new_file_leaves_the_certificate_in_place()
    {
        FakeTimeProvider time = new();
        string first = Write("first.example");
        await using var server = await StartAsync(time);

        await File.WriteAllTextAsync(_folder.At("tls.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", Cancellation);
        time.Advance(ServerCertificate.Period);

        Assert.Equal(first, await ShownAsync(server));
        string second = Write("second.example");
        time.Advance(ServerCertificate.Period);
        Assert.Equal(second, await ShownAsync(server));
    }

    [Fact]
    public async Task Https_without_usable_files_does_not_start()
    {
        await File.WriteAllTextAsync(_folder.At("tls.pem"), "no certificate", Cancellation);
        await File.WriteAllTextAsync(_folder.At("tls.key"), "no key", Cancellation);

        var damaged = await Assert.ThrowsAsync<GessoException>(() => StartAsync(TimeProvider.System));
        var missing = await Assert.ThrowsAsync<GessoException>(() => ServerFixture.StartAsync(new() { Url = "https://127.0.0.1:0" }));

        Assert.Equal("bad_certificate", damaged.Code);
        Assert.Contains("tls.pem", damaged.Message, StringComparison.Ordinal);
        Assert.Equal("bad_configuration", missing.Code);
    }

    private Task<ServerFixture> StartAsync(TimeProvider time) => ServerFixture.StartAsync(new()
    {
        Url = "https://127.0.0.1:0",
        Time = time,
        Map = app => app.MapGet("/own/open", () => "open"),
        Options = o => o with { Security = new SecurityOptions { Certificate = _folder.At("tls.pem"), CertificateKey = _folder.At("tls.key") } },
    });

    /// <returns>The thumbprint.</returns>
    private string Write(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2036, 1, 1, 0, 0, 0, TimeSpan.Zero));
        File.WriteAllText(_folder.At("tls.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(_folder.At("tls.key"), key.ExportPkcs8PrivateKeyPem());
        return certificate.Thumbprint;
    }

    private static async Task<string> ShownAsync(ServerFixture server)
    {
        string shown = "";
        using SocketsHttpHandler handler = new()
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => (shown = certificate!.GetCertHashString()).Length > 0 },
        };
        using HttpClient client = new(handler) { BaseAddress = server.Url, DefaultRequestVersion = HttpVersion.Version20 };
        Assert.Equal("open", await client.GetStringAsync("/own/open", Cancellation));
        return shown;
    }
}
