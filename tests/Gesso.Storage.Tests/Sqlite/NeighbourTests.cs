using System.Diagnostics;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Testing;

namespace Gesso.Storage.Tests.Sqlite;

/// <summary>A server and a worker on one file. Two databases in one process have what two processes have: a writer and connections each.</summary>
public sealed class NeighbourTests : IAsyncLifetime
{
    private static readonly SortableId Ids = new(TimeProvider.System);

    private readonly TestFolder _folder = new();
    private GessoDatabase _server = null!;
    private GessoDatabase _worker = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await OpenAsync();
        _worker = await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Changes_of_one_wake_the_other()
    {
        for (int i = 0; i < 5; i++)
        {
            long seen = _worker.Signal.Version;
            Assert.Equal(i, (await _worker.Jobs.NumbersAsync(null)).Queued);
            var wait = _worker.Signal.WaitAsync(seen, TimeSpan.FromMinutes(5));
            await SubmitAsync(1);
            await wait;
        }

        var preview = _server.Signal.WaitAsync(_server.Signal.Version, TimeSpan.FromMinutes(5));
        await _worker.Progress.PublishAsync(new JobProgress { Attempt = new JobAttempt(new JobId("job_1"), 1), Image = 0, Images = 1, Step = 1, Steps = 2 });
        await preview;
    }

    [Fact]
    public async Task Worker_gets_its_turn_while_the_server_stores_without_pause()
    {
        await SubmitAsync(20);
        using var enough = new CancellationTokenSource();
        var flood = Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
                await SubmitAsync(1);
        })));
        try
        {
            var clock = Stopwatch.StartNew();
            for (int i = 0; i < 20; i++)
            {
                var job = Assert.Single(await _worker.Jobs.ClaimAsync(new ClaimRequest(new WorkerId("worker_1"), ["schnell"], null, 1, TimeProvider.System.GetUtcNow())));
                Assert.True(await _worker.Jobs.FailAsync(job.CurrentAttempt, JobFailure.OfDeadline, 1, TimeProvider.System.GetUtcNow()));
            }
            TestContext.Current.SendDiagnosticMessage($"{clock.Elapsed.TotalMilliseconds / 40:0.0} ms a change of the worker");
        }
        finally
        {
            await enough.CancelAsync();
            await flood;
        }
    }

    [Fact]
    public async Task Jobs_of_both_come_out_even()
    {
        var numbers = await Task.WhenAll(new[] { _server, _worker }.Select((database, i) => Task.Run(async () =>
        {
            int done = 0;
            for (int round = 0; round < 30; round++)
            {
                _ = await database.Jobs.SubmitAsync([TestDrafts.New(Ids, tenant: $"tenant_{round % 3}")]);
                foreach (var job in await database.Jobs.ClaimAsync(new ClaimRequest(new WorkerId($"worker_{i}"), ["schnell"], null, 2, TimeProvider.System.GetUtcNow())))
                    done += await database.Jobs.FailAsync(job.CurrentAttempt, JobFailure.OfDeadline, 1, TimeProvider.System.GetUtcNow()) ? 1 : 0;
            }
            return done;
        })));

        var left = await _server.Jobs.NumbersAsync(null);
        Assert.Equal(60, numbers.Sum() + left.Queued);
        Assert.Equal(0, left.Running);
    }

    private async Task SubmitAsync(int jobs) => _ = await _server.Jobs.SubmitAsync([.. Enumerable.Range(0, jobs).Select(_ => TestDrafts.New(Ids))]);

    private Task<GessoDatabase> OpenAsync() => GessoDatabase.OpenAsync($"sqlite:{_folder.At("gesso.db")}", new SchedulingPolicy(), TimeProvider.System);
}
