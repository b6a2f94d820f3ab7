using Gesso.Platform;
using Gesso.Platform.Jobs;

namespace Gesso.Storage.Tests.Stores;

public abstract class SignalContract(StoreKind kind) : StoreContract(kind)
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Wait_ends_with_a_change_of_jobs_or_progress()
    {
        var wait = WaitAsync();
        var job = await SubmitAsync(Draft());
        await wait;

        wait = WaitAsync();
        await Stores.Progress.PublishAsync(new JobProgress { Attempt = new JobAttempt(job.Id, 1), Image = 0, Images = 1, Step = 1, Steps = 4 });
        await wait;
    }

    [Fact]
    public async Task Change_between_looking_and_waiting_is_not_missed()
    {
        long seen = Stores.Signal.Version;
        _ = await SubmitAsync(Draft());

        await Stores.Signal.WaitAsync(seen, Long);

        Assert.NotEqual(seen, Stores.Signal.Version);
    }

    [Fact]
    public async Task Wait_ends_after_its_time()
    {
        await Stores.Signal.WaitAsync(Stores.Signal.Version, TimeSpan.FromMilliseconds(30));
        await Stores.Signal.WaitAsync(Stores.Signal.Version, TimeSpan.Zero);
    }

    [Fact]
    public async Task Wait_can_be_given_up()
    {
        using var patience = new CancellationTokenSource();
        var wait = Stores.Signal.WaitAsync(Stores.Signal.Version, Long, patience.Token);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Stores.Signal.WaitAsync(Stores.Signal.Version, Long, patience.Token));
    }

    private Task WaitAsync() => Stores.Signal.WaitAsync(Stores.Signal.Version, Long);
}

public sealed class MemorySignalTests() : SignalContract(StoreKind.Memory);

public sealed class SqliteSignalTests() : SignalContract(StoreKind.Sqlite)
{
    [Fact]
    public async Task Worker_that_finds_nothing_wakes_nobody()
    {
        _ = await SubmitAsync(Draft(model: "dev"));
        long seen;
        do
        {
            seen = Stores.Signal.Version;
            await Stores.Signal.WaitAsync(seen, TimeSpan.FromMilliseconds(600));            // until the news of the submit have come round
        }
        while (Stores.Signal.Version != seen);

        Assert.Empty(await Jobs.ClaimAsync(new ClaimRequest(Worker, ["schnell"], null, 1, Now)));
        Assert.Empty(await Jobs.RenewAsync([new JobAttempt(new JobId("job_unknown"), 1)]));
        await Stores.Signal.WaitAsync(seen, TimeSpan.FromMilliseconds(600));

        Assert.Equal(seen, Stores.Signal.Version);
    }
}

public sealed class PostgresSignalTests() : SignalContract(StoreKind.Postgres);
