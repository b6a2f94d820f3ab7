using System.Diagnostics;
using Gesso.Testing.Processes;

namespace Gesso.Benchmarks.Serving;

/// <summary>A real server whose only model is the null engine: what is measured is everything but the drawing.</summary>
internal sealed class NullServer : IDisposable
{
    /// <summary>The request that is sent to it, and to what it is compared with.</summary>
    public const string Body = """{"prompt":"a red apple","model":"null","size":"64x64"}""";

    private readonly GessoProcess _server;

    private NullServer(GessoProcess server) => _server = server;

    /// <param name="data">Its data folder.</param>
    public static NullServer Start(string data) => new(GessoProcess.StartAsync(new ServeSetup
    {
        Data = data,
        Port = ServeSetup.FreePort(),
        Workers = 0,
        Configuration = new Dictionary<string, object> { ["models"] = new Dictionary<string, object> { ["null"] = new { engine = "null", nullSteps = 1 } } },
    }).GetAwaiter().GetResult());

    /// <summary>A closed loop of <see cref="Body"/> to POST /v1/images/generations.</summary>
    public WrkRun Drive(int connections, int seconds, string folder) =>
        WrkRun.Post(new Uri(_server.Url, "v1/images/generations"), Body, _server.Key, connections, seconds, folder);

    /// <summary>The resident set, in bytes.</summary>
    public long ResidentBytes()
    {
        using var process = Process.GetProcessById(_server.ProcessId);
        return process.WorkingSet64;
    }

    public void Dispose() => _server.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
