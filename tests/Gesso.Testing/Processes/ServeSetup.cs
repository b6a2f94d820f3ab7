using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Gesso.Testing.Processes;

/// <summary>What a server process is started with; starting it again with the same setup is a restart.</summary>
public sealed record ServeSetup
{
    public required string Data { get; init; }

    public required int Port { get; init; }

    /// <summary>Null: SQLite in the data folder.</summary>
    public string? Database { get; init; }

    public int Workers { get; init; } = 1;

    /// <summary>Fields of the configuration file.</summary>
    public required IReadOnlyDictionary<string, object> Configuration { get; init; }

    /// <summary>Variables the server and its workers get besides this process's.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>A free port, chosen once so that a restarted server is where clients look for it.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public IEnumerable<string> Arguments()
    {
        string file = Path.Combine(Data, "test-configuration.json");
        File.WriteAllText(file, JsonSerializer.Serialize(Configuration));
        yield return "serve";
        yield return "--urls";
        yield return string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}");
        yield return "--data";
        yield return Data;
        yield return "--workers";
        yield return Workers.ToString(CultureInfo.InvariantCulture);
        yield return "--config";
        yield return file;
        yield return "--print-json";
        if (Database is not null)
        {
            yield return "--database";
            yield return Database;
        }
    }
}
