namespace Gesso.Server.Maintenance;

/// <summary>One loop for each chore. A chore that fails is tried again at its next turn, told once when it starts failing and once when it works again.</summary>
internal sealed partial class ChoreLoops(IEnumerable<IChore> chores, TimeProvider time, ILogger<ChoreLoops> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(chores.Select(c => LoopAsync(c, stoppingToken)));

    private async Task LoopAsync(IChore chore, CancellationToken stopping)
    {
        using PeriodicTimer timer = new(chore.Period, time);
        bool failing = false;
        try
        {
            do
                failing = await RunAsync(chore, failing, stopping).ConfigureAwait(false);
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // the server stops
        }
    }

    /// <returns>Whether it failed.</returns>
    private async Task<bool> RunAsync(IChore chore, bool failing, CancellationToken stopping)
    {
        try
        {
            await chore.RunAsync(stopping).ConfigureAwait(false);
            if (failing)
                Log.Again(logger, chore.Name);
            return false;
        }
        catch (Exception e) when (e is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            if (!failing)
                Log.Failing(logger, chore.Name, e);
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Cannot {Chore} now; tried again until it works")]
        public static partial void Failing(ILogger logger, string chore, Exception exception);

        [LoggerMessage(Level = LogLevel.Information, Message = "Can {Chore} again")]
        public static partial void Again(ILogger logger, string chore);
    }
}
