using System.Runtime.InteropServices;
using Gesso.Contracts.Errors;

namespace Gesso.Cli;

/// <summary>How a command that did not succeed ends: one sentence on the error stream, an exit code, never a stack trace (unless <c>GESSO_DEBUG</c> is set).</summary>
internal static class Ending
{
    // ENOSPC; ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows
    private const int NoSpace = 28, DiskFull = 112, HandleDiskFull = 39;

    public static int Report(Exception exception, TextWriter error)
    {
        var (code, message) = exception switch
        {
            OperationCanceledException => (ExitCodes.Cancelled, "cancelled; no unfinished picture was saved."),
            GessoException e => (ExitCodes.Of(e.Kind), e.Message),
            IOException e when (e.HResult & 0xFFFF) is NoSpace or DiskFull or HandleDiskFull => (ExitCodes.Unavailable, $"the disk is full: {FirstLine(e.Message)} Free some space, or choose another place."),
            OutOfMemoryException => (ExitCodes.Unavailable, "the machine ran out of memory: draw a smaller picture, or use --memory compact."),
            ExternalException e when e.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
                => (ExitCodes.Unavailable, "the machine ran out of memory: draw a smaller picture, or use --memory compact."),
            _ => (ExitCodes.Bug, $"something went wrong inside Gesso ({exception.GetType().Name}: {FirstLine(exception.Message)}). Set GESSO_DEBUG=1 to see where, and please report it."),
        };
        error.WriteLine($"gesso: {message}");
        if (Environment.GetEnvironmentVariable("GESSO_DEBUG") is { Length: > 0 })
            error.WriteLine(exception);
        return code;
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].Trim();
}
