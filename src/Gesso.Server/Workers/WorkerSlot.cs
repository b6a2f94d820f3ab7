using System.Diagnostics;
using Gesso.Platform;
using Gesso.Platform.Workers;

namespace Gesso.Server.Workers;

/// <summary>How a worker ended.</summary>
/// <param name="Worker">Which; null when none was started.</param>
/// <param name="Code">Its exit code, where known.</param>
internal readonly record struct WorkerExit(WorkerId? Worker, int? Code)
{
    /// <summary>The worker found no device or no model for itself: starting it again changes nothing.</summary>
    public const int NothingToDo = 86;
}

/// <summary>The place of one worker process: starts it, or finds the one that an earlier server left, and waits for its end.</summary>
internal sealed class WorkerSlot(DataFolder folder, int index, string device, WorkerCommand command, SortableId ids, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public int Index => index;

    public string Device => device;

    /// <summary>Returns when the slot's worker has ended. On <paramref name="stopping"/> the worker is asked to save its work and end, and killed if it does not.</summary>
    public async Task<WorkerExit> RunAsync(CancellationToken stopping)
    {
        if (FileLock.IsTaken(folder.WorkerLock(index)))
            return await AdoptAsync(stopping).ConfigureAwait(false);
        var id = ids.NewWorker();
        using var process = Process.Start(command.StartInfo(id, index, device))
            ?? throw new IOException($"{command.Program} did not start.");
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            TerminationSignal.Send(process.Id);
            using var patience = new CancellationTokenSource(Patience, time);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
                process.Kill();
        }
        return new WorkerExit(id, process.HasExited ? process.ExitCode : null);
    }

    /// <summary>It is no child of this process, so its lock tells when it ends.</summary>
    private async Task<WorkerExit> AdoptAsync(CancellationToken stopping)
    {
        var ticket = SlotTicket.Read(folder.WorkerTicket(index));
        bool asked = false;
        long since = time.GetTimestamp();
        while (FileLock.IsTaken(folder.WorkerLock(index)))
        {
            bool ask = stopping.IsCancellationRequested || ticket?.Version != SlotTicket.ThisVersion;
            if (ask && !asked && ticket is not null)
            {
                asked = true;
                since = time.GetTimestamp();
                TerminationSignal.Send(ticket.ProcessId);
            }
            if (stopping.IsCancellationRequested && time.GetElapsedTime(since) > Patience)
                break;
            await Task.Delay(Look, time, CancellationToken.None).ConfigureAwait(false);
            ticket ??= SlotTicket.Read(folder.WorkerTicket(index));
        }
        return new WorkerExit(ticket is null ? null : new WorkerId(ticket.Worker), null);
    }
}
