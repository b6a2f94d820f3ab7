using Gesso.Platform.Workers;

namespace Gesso.Worker;

/// <summary>Ends a worker of this machine's server when no server has held the data folder for a while: nobody would read its results or stop it.</summary>
internal sealed class ServerWatch(DataFolder folder, TimeSpan patience, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    /// <summary>Completes when the worker is to end.</summary>
    public async Task OrphanedAsync(CancellationToken ended)
    {
        long since = time.GetTimestamp();
        while (!ended.IsCancellationRequested)
        {
            if (FileLock.IsTaken(folder.ServerLock))
                since = time.GetTimestamp();
            else if (time.GetElapsedTime(since) > patience)
                return;
            await Task.Delay(Look, time, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
