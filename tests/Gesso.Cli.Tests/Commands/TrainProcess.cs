using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Gesso.Testing.Processes;

namespace Gesso.Cli.Tests.Commands;

/// <summary>A <c>gesso train --json</c> process, as a terminal starts it: what it tells is read line by line.</summary>
internal sealed class TrainProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly List<JsonElement> _events = [];

    private TrainProcess(Process process) => _process = process;

    /// <summary>So far.</summary>
    public IReadOnlyList<JsonElement> Events => _events;

    public IEnumerable<int> Steps => _events.Where(e => Kind(e) == "step").Select(e => e.GetProperty("step").GetInt32());

    public IEnumerable<string> Notes => _events.Where(e => Kind(e) == "note").Select(e => e.GetProperty("text").GetString()!);

    public string Error
    {
        get
        {
            lock (_error)
                return _error.ToString();
        }
    }

    /// <param name="arguments">Behind <c>train</c>.</param>
    /// <param name="largestFile">Kilobytes that a file may have (RLIMIT_FSIZE), as on a disk with no more room; null: any.</param>
    public static TrainProcess Start(IEnumerable<string> arguments, int? largestFile = null)
    {
        // whoever runs the tests in the background may have them ignore SIGINT, which children inherit
        var info = new ProcessStartInfo("env") { RedirectStandardOutput = true, RedirectStandardError = true };
        List<string> words = ["--default-signal=INT"];
        if (largestFile is { } kilobytes)
            words.AddRange(["--ignore-signal=XFSZ", "DOTNET_EnableWriteXorExecute=0", "bash", "-c", "ulimit -f $0; exec \"$@\"", kilobytes.ToString(CultureInfo.InvariantCulture)]);
        words.AddRange([Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", GessoProcess.Program, "train", .. arguments, "--json"]);
        foreach (string word in words)
            info.ArgumentList.Add(word);
        var started = new TrainProcess(Process.Start(info)!);
        started._process.ErrorDataReceived += (_, line) =>
        {
            lock (started._error)
                started._error.AppendLine(line.Data);
        };
        started._process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Reads on until a step is told. False: the run ended before.</summary>
    public async Task<bool> ReachAsync(int step)
    {
        while (!Steps.Contains(step))
        {
            if (!await ReadAsync())
                return false;
        }
        return true;
    }

    public Task SendAsync(string signal) => ProcessSignals.SendAsync(signal, _process.Id);

    /// <summary>Reads on to the end and gives the exit code.</summary>
    public async Task<int> EndAsync()
    {
        while (await ReadAsync())
        {
        }
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    public static string Kind(JsonElement line) => line.GetProperty("event").GetString()!;

    private async Task<bool> ReadAsync()
    {
        if (await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is not { } line)
            return false;
        using var json = JsonDocument.Parse(line);
        _events.Add(json.RootElement.Clone());
        return true;
    }
}
