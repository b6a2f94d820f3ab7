using System.Diagnostics;
using System.Globalization;
using Gesso.Contracts.Errors;
using Gesso.Testing.Processes;

namespace Gesso.Benchmarks.Serving;

/// <summary>
/// The yardstick: nginx as a proxy to an upstream (nginx, too) that answers every request with the same few bytes. Plain, as its guide for beginners writes it, it opens
/// a connection to the upstream for each request; tuned, it keeps them.
/// </summary>
internal sealed class NginxProxy : IDisposable
{
    private readonly Process _process;

    private NginxProxy(Process process, Uri plain, Uri tuned)
    {
        _process = process;
        Plain = plain;
        Tuned = tuned;
    }

    public Uri Plain { get; }

    public Uri Tuned { get; }

    /// <param name="folder">For its configuration and temporary files.</param>
    public static NginxProxy Start(string folder)
    {
        int plain = ServeSetup.FreePort(), tuned = ServeSetup.FreePort(), upstream = ServeSetup.FreePort();
        string file = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $$"""
            daemon off; worker_processes 2; pid {{folder}}/nginx.pid; error_log {{folder}}/nginx.log;
            events { worker_connections 1024; }
            http {
              access_log off; keepalive_requests 100000000;
              client_body_temp_path {{folder}}/b; proxy_temp_path {{folder}}/p; fastcgi_temp_path {{folder}}/f; uwsgi_temp_path {{folder}}/u; scgi_temp_path {{folder}}/s;
              upstream trivial { server 127.0.0.1:{{upstream}}; keepalive 64; }
              server { listen 127.0.0.1:{{upstream}}; location / { return 200 '{"created":0,"data":[]}'; } }
              server { listen 127.0.0.1:{{plain}}; location / { proxy_pass http://127.0.0.1:{{upstream}}; } }
              server { listen 127.0.0.1:{{tuned}}; location / { proxy_pass http://trivial; proxy_http_version 1.1; proxy_set_header Connection ""; } }
            }
            """));
        try
        {
            var process = Process.Start(new ProcessStartInfo("nginx", ["-c", file, "-p", folder]) { RedirectStandardError = true })!;
            var proxy = new NginxProxy(process, new Uri($"http://127.0.0.1:{plain}/"), new Uri($"http://127.0.0.1:{tuned}/"));
            WaitUntilItListens(proxy.Tuned);
            return proxy;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw GessoException.Unavailable("no_nginx", "nginx is the yardstick of this bench and is not installed (Debian: nginx-light).", e);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    private static void WaitUntilItListens(Uri url)
    {
        using var client = new HttpClient();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using var _ = client.Send(new HttpRequestMessage(HttpMethod.Get, url));
                return;
            }
            catch (HttpRequestException) when (attempt < 50)
            {
                Thread.Sleep(100);
            }
        }
    }
}
