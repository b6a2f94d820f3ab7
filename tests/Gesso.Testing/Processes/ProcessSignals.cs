using System.Diagnostics;
using System.Globalization;

namespace Gesso.Testing.Processes;

/// <summary>Signals to processes of the tests, and what Linux tells of them.</summary>
public static class ProcessSignals
{
    /// <summary>The byte of SQLite's shared memory file that its one writer locks.</summary>
    private const string WriterLock = " 120 120";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <param name="signal">TERM, STOP, CONT …</param>
    /// <param name="processId">Whom.</param>
    public static async Task SendAsync(string signal, int processId)
    {
        using var kill = Process.Start("kill", ["-" + signal, processId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>SIGSTOP, at a moment when the process is not writing a SQLite file: it would keep the lock, and everybody else out.</summary>
    public static async Task SuspendAsync(int processId, CancellationToken cancellation)
    {
        while (true)
        {
            await SendAsync("STOP", processId);
            while (!IsSuspended(processId))
                await Task.Delay(Pause, cancellation);
            if (!HoldsWriterLock(processId))
                return;
            await SendAsync("CONT", processId);
            await Task.Delay(Pause, cancellation);
        }
    }

    public static Task ResumeAsync(int processId) => SendAsync("CONT", processId);

    /// <summary>Memory the process has in RAM.</summary>
    public static long ResidentBytes(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.WorkingSet64;
    }

    private static bool IsSuspended(int processId) => Directory
        .EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/task"))
        .All(thread => File.ReadAllText(Path.Combine(thread, "stat")).Split(')')[^1].TrimStart().StartsWith('T'));

    private static bool HoldsWriterLock(int processId)
    {
        string owner = string.Create(CultureInfo.InvariantCulture, $" WRITE {processId} ");
        return File.ReadLines("/proc/locks").Any(line => line.Contains(owner, StringComparison.Ordinal) && line.EndsWith(WriterLock, StringComparison.Ordinal));
    }
}
