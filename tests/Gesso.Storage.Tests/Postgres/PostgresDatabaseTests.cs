using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Migrations;
using Gesso.Storage.Postgres;
using Gesso.Testing.Platform;
using Npgsql;

namespace Gesso.Storage.Tests.Postgres;

public sealed class PostgresDatabaseTests
{
    private readonly PostgresServer _server = PostgresServer.OfThisProcess;
    private readonly SortableId _ids = new(TimeProvider.System);

    public PostgresDatabaseTests() => Assert.SkipWhen(_server.Missing is not null, _server.Missing ?? "");

    [Fact]
    public async Task Processes_that_start_together_make_one_schema()
    {
        string url = _server.NewDatabase();
        var databases = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => OpenAsync(url))));
        foreach (var database in databases)
        {
            Assert.Equal(DatabaseKind.Postgres, database.Kind);
            await database.CheckAsync();
            await database.DisposeAsync();
        }
        Assert.Equal((long)MigrationFiles.Latest, await ScalarAsync(url, "SELECT COUNT(*) FROM gesso_schema"));
    }

    [Fact]
    public async Task Newer_database_is_refused()
    {
        string url = _server.NewDatabase();
        await (await OpenAsync(url)).DisposeAsync();
        _ = await ScalarAsync(url, "INSERT INTO gesso_schema (version) VALUES (99)");

        var error = await Assert.ThrowsAsync<GessoException>(() => OpenAsync(url));

        Assert.Equal((ErrorKind.Refused, "database_newer"), (error.Kind, error.Code));
    }

    [Fact]
    public async Task Missing_database_is_told()
    {
        var error = await Assert.ThrowsAsync<GessoException>(() => OpenAsync(_server.UrlOf("nowhere")));

        Assert.Equal((ErrorKind.Unavailable, "database_refused"), (error.Kind, error.Code));
        Assert.Contains("nowhere", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_that_died_are_replaced_unnoticed()
    {
        string url = _server.NewDatabase();
        await using var database = await OpenAsync(url);
        await using var other = await OpenAsync(url);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SubmitAsync(database)));

        _ = await ScalarAsync(url, "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

        await SubmitAsync(database);
        Assert.Equal(11, (await database.Jobs.NumbersAsync(null)).Queued);
        var wait = other.Signal.WaitAsync(other.Signal.Version, TimeSpan.FromMinutes(5));
        await SubmitAsync(database);
        await wait;
    }

    [Fact]
    public async Task Changes_of_one_server_wake_another()
    {
        string url = _server.NewDatabase();
        await using var first = await OpenAsync(url);
        await using var second = await OpenAsync(url);
        for (int i = 0; i < 5; i++)
        {
            long seen = second.Signal.Version;
            Assert.Equal(i, (await second.Jobs.NumbersAsync(null)).Queued);
            var wait = second.Signal.WaitAsync(seen, TimeSpan.FromMinutes(5));
            await SubmitAsync(first);
            while (!wait.IsCompleted || (await second.Jobs.NumbersAsync(null)).Queued == i)
            {
                await wait;
                seen = second.Signal.Version;
                wait = (await second.Jobs.NumbersAsync(null)).Queued > i ? Task.CompletedTask : second.Signal.WaitAsync(seen, TimeSpan.FromMinutes(5));
            }
        }
    }

    [Fact]
    public async Task Server_that_is_away_is_told_and_its_return_noticed()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("GESSO_TEST_POSTGRES") is { Length: > 0 }, "the server given may not be stopped");
        using var server = new PostgresServer(durable: true);
        await using var database = await OpenAsync(server.NewDatabase());
        await SubmitAsync(database);

        server.Stop();
        var error = await Assert.ThrowsAsync<GessoException>(() => SubmitAsync(database));
        Assert.Equal((ErrorKind.Unavailable, "database_unavailable"), (error.Kind, error.Code));
        Assert.Equal("database_unavailable", (await Assert.ThrowsAsync<GessoException>(() => database.Jobs.NumbersAsync(null))).Code);
        Assert.Equal("database_unavailable", (await Assert.ThrowsAsync<GessoException>(() => database.CheckAsync())).Code);

        server.Restart();
        await SubmitAsync(database);
        Assert.Equal(2, (await database.Jobs.NumbersAsync(null)).Queued);
    }

    private static Task<GessoDatabase> OpenAsync(string url) => GessoDatabase.OpenAsync(url, new SchedulingPolicy(), TimeProvider.System);

    private async Task SubmitAsync(GessoDatabase database) => Assert.Equal(SubmitStatus.Created, Assert.Single(await database.Jobs.SubmitAsync([TestDrafts.New(_ids)])).Status);

    private static async Task<object?> ScalarAsync(string url, string sql)
    {
        await using var source = NpgsqlDataSource.Create(PostgresAddress.Parse(url).ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
