using System.Diagnostics.Metrics;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Migrations;
using Gesso.Storage.Sql;
using Gesso.Storage.Sqlite;
using Gesso.Testing;

namespace Gesso.Storage.Tests.Sqlite;

public sealed class GroupCommitTests : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly SqliteDatabase _database;

    public GroupCommitTests()
    {
        string path = _folder.At("gesso.db");
        SqliteSchema.Apply(path, MigrationFiles.Sqlite);
        _database = new SqliteDatabase(path, lossy: false, new ChangeSignal(TimeProvider.System));
    }

    [Fact]
    public async Task Writes_asked_at_the_same_time_share_commits()
    {
        var commits = new List<int>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument is { Name: "gesso_store_commit_writes", Meter.Name: StorageMeters.Name })
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((_, writes, _, _) =>
        {
            lock (commits)
                commits.Add(writes);
        });
        listener.Start();

        await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Task.Run(() => AddAsync($"{i}"))));

        Assert.Equal(400, await CountAsync());
        lock (commits)
            Assert.Contains(commits, writes => writes > 20);                                // other tests commit, too, one by one
    }

    [Fact]
    public async Task Write_that_fails_undoes_no_other()
    {
        var writes = Enumerable.Range(0, 100).Select(i => (Fails: i % 10 == 3, Task: i % 10 == 3 ? AddAsync($"{i}", fails: true) : AddAsync($"{i}"))).ToList();

        foreach (var (fails, task) in writes)
        {
            if (fails)
                Assert.Equal("It fails.", (await Assert.ThrowsAsync<InvalidOperationException>(() => task)).Message);
            else
                await task;
        }

        Assert.Equal(90, await CountAsync());
    }

    [Fact]
    public async Task Write_that_fails_leaves_nothing_of_itself()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => AddAsync("x", fails: true));

        Assert.Equal(0, await CountAsync());
        await AddAsync("x");
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Statement_that_is_wrong_is_told_as_a_bug()
    {
        var error = await Assert.ThrowsAsync<Contracts.Errors.GessoException>(() => _database.ExecuteAsync(WriteKind.Durable, "INSERT INTO nowhere VALUES (1)", [], default));

        Assert.Equal((Contracts.Errors.ErrorKind.Bug, "storage_failed"), (error.Kind, error.Code));
        await AddAsync("x");
    }

    [Fact]
    public async Task Write_that_was_given_up_before_its_turn_is_not_begun()
    {
        using var patience = new CancellationTokenSource();
        using var begun = new SemaphoreSlim(0);
        using var busy = new SemaphoreSlim(0);
        var first = Task.Run(() => _database.WriteAsync(
            s =>
            {
                begun.Release();
                busy.Wait();
                return s.ExecuteAsync("DELETE FROM models");
            },
            WriteKind.Durable, default));
        await begun.WaitAsync(TestContext.Current.CancellationToken);                       // its round is on its way: the second write is in the next
        var second = AddAsync("given up", cancellation: patience.Token);
        await patience.CancelAsync();
        busy.Release();

        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await AddAsync("after");
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Closing_commits_what_was_asked_before()
    {
        var writes = Enumerable.Range(0, 50).Select(i => AddAsync($"{i}")).ToList();

        await _database.DisposeAsync();

        await Task.WhenAll(writes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => AddAsync("late"));
    }

    [Fact]
    public async Task Relaxed_writes_are_seen_at_once()
    {
        await _database.ExecuteAsync(WriteKind.Relaxed, "INSERT INTO models (name, facts) VALUES ('a', '')", [], default);

        Assert.Equal(1, await CountAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    private async Task AddAsync(string name, bool fails = false, CancellationToken cancellation = default) => _ = await _database.WriteAsync(
        async s =>
        {
            await s.PostAsync("INSERT INTO models (name, facts) VALUES ($1, '')", name);
            return fails ? throw new InvalidOperationException("It fails.") : 1;
        },
        WriteKind.Durable, cancellation);

    private async Task<long> CountAsync() => (await _database.QueryAsync("SELECT COUNT(*) FROM models", [], r => r.Long(), default))[0];
}
