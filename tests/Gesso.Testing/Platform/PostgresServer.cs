using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gesso.Testing.Platform;

/// <summary>
/// A PostgreSQL server on loopback for the tests of one process: the one of <c>GESSO_TEST_POSTGRES</c> (a URL whose user may create databases), or one started
/// from the programs installed here (Debian's package postgresql). It ends with this process, however that ends.
/// </summary>
public sealed class PostgresServer : IDisposable
{
    private const string Variable = "GESSO_TEST_POSTGRES";
    private const string User = "gesso";
    private const string Debian = "/usr/lib/postgresql";

    private static readonly Lazy<PostgresServer> Shared = new(() => new PostgresServer(durable: false));

    private readonly Process? _server;
    private readonly string? _url;
    private int _databases;

    /// <param name="durable">Whether it flushes its log, as in real use; tests of meaning need not wait for that.</param>
    public PostgresServer(bool durable)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } url)
        {
            _url = url.TrimEnd('/');
            return;
        }
        if (Programs() is not { } programs)
        {
            Missing = $"no PostgreSQL: neither {Variable} nor {Debian}/*/bin (Debian's package postgresql)";
            return;
        }
        int port = FreePort();
        _server = Start(programs, Directory.CreateTempSubdirectory("gesso-postgres-").FullName, port, durable);
        _url = string.Create(CultureInfo.InvariantCulture, $"postgres://{User}@127.0.0.1:{port}");
    }

    /// <summary>The one of this process, started when it is first asked for.</summary>
    public static PostgresServer OfThisProcess => Shared.Value;

    /// <summary>Why there is none; null: there is one.</summary>
    public string? Missing { get; }

    public string UrlOf(string database) => $"{_url}/{database}";

    /// <summary>A new, empty database; its URL.</summary>
    public string NewDatabase()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"gesso_test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}");
        Run(name, "CREATE DATABASE");
        return UrlOf(name);
    }

    /// <summary>Kills it, as a crash does.</summary>
    public void Stop() => Order("stop");

    public void Restart() => Order("start");

    public void Dispose()
    {
        _server?.StandardInput.Close();                                                     // its shell waits for that, or for our death
        _server?.WaitForExit(TimeSpan.FromSeconds(30));
        _server?.Dispose();
    }

    private void Order(string order)
    {
        var server = _server ?? throw new InvalidOperationException("The server is not this process's own.");
        server.StandardInput.WriteLine(order);
        _ = server.StandardOutput.ReadLine();
    }

    /// <summary>Runs a statement about databases through psql, so that the fixture needs no driver.</summary>
    private void Run(string database, string statement)
    {
        string psql = Path.Combine(Programs() ?? "", "psql");
        string[] arguments = [UrlOf("postgres"), "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", $"{statement} {database}"];
        using var process = Process.Start(new ProcessStartInfo(psql, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"psql: {error}");
    }

    private static string? Programs() => Directory.Exists(Debian)
        ? Directory.GetDirectories(Debian).Select(d => Path.Combine(d, "bin")).Where(d => File.Exists(Path.Combine(d, "initdb"))).Max(StringComparer.Ordinal)
        : null;

    private static Process Start(string programs, string folder, int port, bool durable)
    {
        // initdb and postgres refuse to run as root; English sorting shows where the schema forgets COLLATE "C"
        string script = $"""
            set -e
            cd {folder}
            {programs}/initdb -D data -U {User} --auth=trust --encoding=UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en --no-sync > initdb.log 2>&1
            cat >> data/postgresql.conf <<END
            port = {port}
            listen_addresses = '127.0.0.1'
            unix_socket_directories = '{folder}'
            max_connections = 200
            fsync = {(durable ? "on" : "off")}
            END
            {programs}/pg_ctl start -D data -w -t 60 -l server.log > start.log 2>&1
            echo ready
            while read order; do
              case $order in
                stop) {programs}/pg_ctl stop -D data -w -m immediate > stop.log 2>&1 ;;
                start) {programs}/pg_ctl start -D data -w -t 60 -l server.log > restart.log 2>&1 ;;
              esac
              echo done
            done
            {programs}/pg_ctl stop -D data -m immediate > stop.log 2>&1 || true
            cd / && rm -rf {folder}
            """;
        bool root = string.Equals(Environment.UserName, "root", StringComparison.Ordinal);
        if (root)
            Process.Start("chown", ["postgres", folder]).WaitForExit();
        // a session of its own: what ends the tests' process group must not end the shell before it has cleaned up
        string[] user = root ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
        var start = new ProcessStartInfo("setsid", [.. user, "sh", "-c", script]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        var server = Process.Start(start)!;
        if (server.StandardOutput.ReadLine() == "ready")
            return server;
        server.WaitForExit();
        string logs = string.Join('\n', Directory.GetFiles(folder, "*.log").Select(File.ReadAllText));
        throw new InvalidOperationException($"PostgreSQL did not start:\n{logs}");
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
