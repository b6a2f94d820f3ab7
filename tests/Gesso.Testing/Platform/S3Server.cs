using System.Diagnostics;
using System.Globalization;

namespace Gesso.Testing.Platform;

/// <summary>A server that speaks S3 on loopback: npm's s3rver, installed once into a cache folder. It ends with this process.</summary>
public sealed class S3Server : IDisposable
{
    public const string Bucket = "pictures";

    private const string Package = "s3rver";
    private const string Version = "3.7.1";
    private const string Key = "S3RVER";                                                    // its user name and password

    private readonly TestFolder? _folder;
    private readonly Process? _server;

    public S3Server()
    {
        if (Install() is not { } program)
        {
            Missing = $"no S3 server: node and npm are needed to install {Package} {Version}";
            return;
        }
        _folder = new TestFolder();
        int port = PostgresServer.FreePort();
        Endpoint = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        // its list pages need DES, which OpenSSL 3 calls legacy; the shell waits for its input to close, which also happens when this process dies
        string script = $"""
            node --openssl-legacy-provider {program} --directory {_folder.Path} --address 127.0.0.1 --port {port} --configure-bucket {Bucket} 2>&1 &
            cat > /dev/null
            kill $!
            """;
        _server = Process.Start(new ProcessStartInfo("setsid", ["sh", "-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        while (_server.StandardOutput.ReadLine() is { } line && !line.Contains("listening", StringComparison.OrdinalIgnoreCase))
        {
        }
    }

    /// <summary>Why there is none; null: there is one.</summary>
    public string? Missing { get; }

    public string? Endpoint { get; }

    /// <summary>A place of its own for a test.</summary>
    public string PlaceOf(string prefix, string bucket = Bucket, string key = Key) =>
        $"s3://{bucket}/{prefix}?endpoint={Uri.EscapeDataString(Endpoint!)}&region=us-east-1&path_style=true&access_key={key}&secret_key={Key}";

    /// <summary>Files with the content that the server keeps for names that end so.</summary>
    public IEnumerable<string> FilesOf(string end) => Directory.EnumerateFiles(_folder!.Path, $"*{end}._S3rver_object", SearchOption.AllDirectories);

    public void Dispose()
    {
        _server?.StandardInput.Close();
        _server?.WaitForExit(TimeSpan.FromSeconds(10));
        _server?.Dispose();
        _folder?.Dispose();
    }

    /// <summary>The program's file; null: it cannot be installed here.</summary>
    private static string? Install()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        string cache = Path.Combine(home, ".cache", "gesso-tests", $"{Package}-{Version}");
        string program = Path.Combine(cache, "node_modules", Package, "bin", "s3rver.js");
        if (File.Exists(program))
            return program;
        try
        {
            Directory.CreateDirectory(cache);
            string[] arguments = ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", cache, $"{Package}@{Version}"];
            using var process = Process.Start(new ProcessStartInfo("npm", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            _ = process.StandardOutput.ReadToEndAsync();
            _ = process.StandardError.ReadToEndAsync();
            process.WaitForExit();
            return process.ExitCode == 0 && File.Exists(program) ? program : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;                                                                    // no npm
        }
    }
}
