using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Gesso.Server.Workers;

/// <summary>Asks a process to save its work and end (SIGTERM). Windows has no such request for console programs: there the process is ended, and its jobs go on from their checkpoints.</summary>
internal static partial class TerminationSignal
{
    private const int Terminate = 15;

    public static void Send(int process)
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = Kill(process, Terminate);
            return;
        }
        try
        {
            using var handle = Process.GetProcessById(process);
            handle.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // it has ended by itself
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
