using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Gesso.Platform.Workers;

namespace Gesso.Testing.Processes;

/// <summary>A <c>gesso serve</c> process and what its log says.</summary>
public sealed class GessoProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private GessoProcess(ServeSetup setup, Process process)
    {
        Setup = setup;
        _process = process;
    }

    public ServeSetup Setup { get; }

    public int ProcessId => _process.Id;

    public Uri Url { get; private set; } = null!;

    /// <summary>The secret in the data folder.</summary>
    public string Key { get; private set; } = "";

    /// <summary>From the start of the process to the line that tells its address.</summary>
    public TimeSpan StartTime { get; private set; }

    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>The program that the solution's build made.</summary>
    public static string Program { get; } = Path.Combine(RepositoryRoot.Path, "artifacts", "bin", "Gesso.Cli", "release", "gesso.dll");

    public static async Task<GessoProcess> StartAsync(ServeSetup setup)
    {
        Directory.CreateDirectory(setup.Data);
        var info = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        info.ArgumentList.Add(Program);
        foreach (string argument in setup.Arguments())
            info.ArgumentList.Add(argument);
        foreach (var (name, value) in setup.Environment)
            info.Environment[name] = value;
        var watch = Stopwatch.StartNew();
        var started = new GessoProcess(setup, Process.Start(info)!);
        started._process.ErrorDataReceived += (_, line) => started.Append(line.Data);
        started._process.BeginErrorReadLine();
        try
        {
            string line = await started._process.StandardOutput.ReadLineAsync().WaitAsync(StartPatience)
                ?? throw new InvalidOperationException("gesso serve ended before it was ready.");
            started.StartTime = watch.Elapsed;
            using var json = JsonDocument.Parse(line);
            started.Url = new Uri(json.RootElement.GetProperty("url").GetString()! + "/");
            started.Key = (await File.ReadAllTextAsync(new DataFolder(setup.Data).AdminKey)).Trim();
            return started;
        }
        catch (Exception e)
        {
            started.Kill();
            await started.ExitedAsync();
            throw new InvalidOperationException($"gesso serve did not start: {e.Message}\n{started.Log}", e);
        }
    }

    /// <summary>kill -9</summary>
    public void Kill()
    {
        if (!_process.HasExited)
            _process.Kill();
    }

    /// <summary>SIGTERM, then the exit code.</summary>
    public async Task<int> StopAsync()
    {
        if (!_process.HasExited)
        {
            await ProcessSignals.SendAsync("TERM", _process.Id);
        }
        await ExitedAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    /// <summary>The process is gone. Its workers may live on and hold its error stream open, so the end of that is not waited for.</summary>
    public async Task ExitedAsync()
    {
        while (!_process.HasExited)
            await Task.Delay(5);
    }

    /// <summary>The worker process in a slot, if its ticket names one that lives.</summary>
    public int? WorkerProcessId(int slot = 0)
    {
        var folder = new DataFolder(Setup.Data);
        return FileLock.IsTaken(folder.WorkerLock(slot)) ? SlotTicket.Read(folder.WorkerTicket(slot))?.ProcessId : null;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            try
            {
                _ = await StopAsync();
            }
            catch (TimeoutException)
            {
                Kill();
            }
        }
        for (int slot = 0; slot < Setup.Workers; slot++)
        {
            if (WorkerProcessId(slot) is { } worker)
                TryKill(worker);
        }
        _process.Dispose();
    }

    /// <summary>kill -9 by number; false: it is gone.</summary>
    public static bool TryKill(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
            return true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private void Append(string? line)
    {
        lock (_log)
        {
            if (line is not null && _log.Length < 1_000_000)
                _ = _log.AppendLine(line);
        }
    }
}
