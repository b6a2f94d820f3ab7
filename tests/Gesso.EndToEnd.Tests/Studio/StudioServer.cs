using Gesso.Client;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Studio;

/// <summary>A real <c>gesso serve</c> with a worker that draws, for the pages; it can be killed and started again at the same address.</summary>
public sealed class StudioServer : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private GessoProcess? _process;

    public Uri Url => Process.Url;

    /// <summary>What the running process wrote.</summary>
    public string Log => Process.Log;

    private GessoProcess Process => _process ?? throw new InvalidOperationException("The server does not run.");

    public async ValueTask InitializeAsync()
    {
        var setup = new ServeSetup
        {
            Data = _folder.At("data"),
            Port = ServeSetup.FreePort(),
            Configuration = new Dictionary<string, object>
            {
                ["models"] = new Dictionary<string, object>
                {
                    ["gesso-mini"] = new { },
                    ["slow"] = new { engine = "null", nullSteps = 20, nullStepMilliseconds = 300 },
                    ["endless"] = new { engine = "null", nullSteps = 1000, nullStepMilliseconds = 1000 },
                    ["instant"] = new { engine = "null" },
                },
                ["defaultModel"] = "gesso-mini",
            },
        };
        _process = await GessoProcess.StartAsync(setup);
    }

    /// <summary>kill -9; workers live on.</summary>
    public async Task KillAsync()
    {
        Process.Kill();
        await Process.ExitedAsync();
    }

    public async Task StartAsync()
    {
        var setup = Process.Setup;
        await KillAsync();
        _process = await GessoProcess.StartAsync(setup);
    }

    /// <summary>Another key of the first tenant: its pictures are its own.</summary>
    public async Task<string> NewKeyAsync(string name, KeyRole role = KeyRole.Submit)
    {
        using var admin = new GessoClient(Url, Process.Key);
        return (await admin.Keys.CreateAsync(new NewKey { Name = name, Role = role })).Secret!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _folder.Dispose();
    }
}
