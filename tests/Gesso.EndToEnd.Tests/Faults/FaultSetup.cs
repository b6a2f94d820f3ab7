using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>Servers that notice faults soon, and the work they get.</summary>
internal static class FaultSetup
{
    /// <summary>A worker silent for this long loses its jobs.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    /// <param name="data">The data folder.</param>
    /// <param name="more">Further fields of the configuration.</param>
    public static ServeSetup In(string data, params (string Field, object Value)[] more)
    {
        Dictionary<string, object> configuration = new()
        {
            ["worker"] = new { heartbeat = "00:00:00.2", lease = Lease.ToString(), checkpointInterval = "00:00:00.1" },
        };
        foreach (var (field, value) in more)
            configuration[field] = value;
        return new ServeSetup { Data = data, Port = ServeSetup.FreePort(), Configuration = configuration };
    }

    /// <summary>About a second of work.</summary>
    public static object Short(int seed = 1) => new { prompt = "a red apple", size = "64x64", steps = 20, seed };

    /// <summary>Long enough to be hit in the middle.</summary>
    public static object Long(int seed = 1) => new { prompt = "a green pear", size = "64x64", steps = 100, seed };
}
