using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Storage.Migrations;
using Gesso.Testing;
using Microsoft.Data.Sqlite;

namespace Gesso.Storage.Tests.Sqlite;

public sealed class SqliteFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    private string Path => _folder.At("data", "gesso.db");

    [Fact]
    public async Task Database_is_made_with_its_folder_for_its_owner_only()
    {
        await using var database = await OpenAsync();

        Assert.Equal(DatabaseKind.Sqlite, database.Kind);
        await database.CheckAsync();
        if (OperatingSystem.IsWindows())
            return;
        foreach (string file in new[] { Path, Path + "-wal", ProgressPath })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Processes_that_start_together_make_one_schema()
    {
        var databases = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(OpenAsync)));
        foreach (var database in databases)
        {
            await SubmitAsync(database, 1);
            await database.DisposeAsync();
        }

        await using var last = await OpenAsync();
        Assert.Equal(8, (await last.Jobs.NumbersAsync(null)).Queued);
    }

    [Fact]
    public async Task Jobs_survive_a_process_that_ends_without_closing()
    {
        await using var running = await OpenAsync();
        await SubmitAsync(running, 20);
        string copy = _folder.At("copy.db");
        File.Copy(Path, copy);
        File.Copy(Path + "-wal", copy + "-wal");

        await using var next = await OpenAsync(copy);

        Assert.Equal(20, (await next.Jobs.NumbersAsync(null)).Queued);
    }

    [Fact]
    public async Task Newer_database_is_refused_untouched()
    {
        await (await OpenAsync()).DisposeAsync();
        Execute("PRAGMA user_version = 99");

        var error = await Assert.ThrowsAsync<GessoException>(OpenAsync);

        Assert.Equal((ErrorKind.Refused, "database_newer"), (error.Kind, error.Code));
        Assert.Contains("99", error.Message, StringComparison.Ordinal);
        Execute($"PRAGMA user_version = {MigrationFiles.Latest}");
        await (await OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task Database_of_the_first_version_is_brought_up_to_date_with_its_jobs()
    {
        Directory.CreateDirectory(_folder.At("data"));
        Execute(MigrationFiles.Read(MigrationFiles.Sqlite, 1));
        Execute("INSERT INTO jobs (id, tenant, api_key, model, affinity, shape, work, images, state, priority, rank, created, estimated_us, last_event) "
            + "VALUES ('job_1', 'home', 'key_1', 'm', 'm', 's', '{\"model\":\"m\",\"prompt\":\"x\",\"seed\":1}', 1, 'queued', 0, 0, 0, 0, 1)");
        Execute("INSERT INTO shares (tenant, time, waiting, running, waiting_us) VALUES ('home', 0, 1, 0, 0)");
        Execute($"PRAGMA application_id = {0x47657373}; PRAGMA user_version = 1");

        await using var database = await OpenAsync();
        await SubmitAsync(database, 1);

        Assert.Equal(2, (await database.Jobs.NumbersAsync(null)).Queued);
        Assert.Equal("x", (await database.Jobs.FindAsync(null, new JobId("job_1")))!.Work.Prompt);
    }

    [Fact]
    public async Task Database_of_another_program_is_refused_untouched()
    {
        Directory.CreateDirectory(_folder.At("data"));
        Execute("CREATE TABLE bookmarks (url TEXT)");

        Assert.Equal("not_a_gesso_database", (await Assert.ThrowsAsync<GessoException>(OpenAsync)).Code);
        Execute("INSERT INTO bookmarks VALUES ('still there')");
    }

    [Fact]
    public async Task File_that_is_no_database_is_refused()
    {
        Directory.CreateDirectory(_folder.At("data"));
        File.WriteAllText(Path, new string('x', 5000));

        var error = await Assert.ThrowsAsync<GessoException>(OpenAsync);

        Assert.Equal((ErrorKind.Unavailable, "storage_damaged"), (error.Kind, error.Code));
    }

    [Fact]
    public async Task Damaged_progress_is_replaced()
    {
        await (await OpenAsync()).DisposeAsync();
        File.WriteAllText(ProgressPath, new string('x', 5000));

        await using var database = await OpenAsync();

        await database.Progress.PublishAsync(new JobProgress { Attempt = new JobAttempt(new JobId("job_1"), 1), Image = 0, Images = 1, Step = 1, Steps = 2 });
    }

    [Fact]
    public async Task Folder_that_cannot_be_made_is_told()
    {
        _folder.Add("data", "a file"u8);

        var error = await Assert.ThrowsAsync<GessoException>(OpenAsync);

        Assert.Equal((ErrorKind.Unavailable, "storage_unavailable"), (error.Kind, error.Code));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sqlite:")]
    [InlineData("mysql://host/db")]
    public async Task Other_databases_are_refused(string connection) =>
        Assert.Equal("bad_database", (await Assert.ThrowsAsync<GessoException>(() => GessoDatabase.OpenAsync(connection, new SchedulingPolicy(), TimeProvider.System))).Code);

    [Fact]
    public async Task Full_disk_refuses_jobs_and_mends_without_a_restart()
    {
        using var disk = SmallDisk.OrSkip(megabytes: 8);
        await using var database = await OpenAsync(System.IO.Path.Combine(disk.Path, "gesso.db"));
        await SubmitAsync(database, 10);
        string filler = disk.Fill();

        var errors = new List<GessoException>();
        int stored = 10;
        for (int i = 0; i < 2000 && errors.Count < 5; i++)
        {
            try
            {
                await SubmitAsync(database, 1, prompt: new string('p', 10_000));            // first it fills what the log has room for
                stored++;
            }
            catch (GessoException e)
            {
                errors.Add(e);
            }
        }
        Assert.Equal(5, errors.Count);
        Assert.All(errors, e => Assert.Equal((ErrorKind.Unavailable, "storage_full"), (e.Kind, e.Code)));
        Assert.Equal(stored, (await database.Jobs.NumbersAsync(null)).Queued);
        Assert.Equal(stored, (await database.Jobs.ListAsync(new JobQuery(null, [], null, null, 1000))).Count);

        File.Delete(filler);
        await SubmitAsync(database, 3);
        await database.CheckAsync();
        Assert.Equal(stored + 3, (await database.Jobs.NumbersAsync(null)).Queued);
    }

    public void Dispose() => _folder.Dispose();

    private string ProgressPath => _folder.At("data", "gesso-progress.db");

    private Task<GessoDatabase> OpenAsync() => OpenAsync(Path);

    private static Task<GessoDatabase> OpenAsync(string path) => GessoDatabase.OpenAsync($"sqlite:{path}", new SchedulingPolicy(), TimeProvider.System);

    [Fact]
    public async Task Finished_jobs_can_be_removed_when_the_disk_is_full()
    {
        using var disk = SmallDisk.OrSkip(megabytes: 32);
        string path = System.IO.Path.Combine(disk.Path, "gesso.db");
        await using var database = await OpenAsync(path);
        Assert.True(File.Exists(path + "-reserve"));
        await SubmitAsync(database, 200);
        var jobs = await database.Jobs.ListAsync(new JobQuery(null, [], null, null, 1000));
        foreach (var job in jobs)
            _ = await database.Jobs.CancelAsync(null, job.Id, DateTimeOffset.UtcNow);
        string filler = disk.Fill();
        _ = await Assert.ThrowsAsync<GessoException>(async () =>
        {
            for (int i = 0; i < 5000; i++)
                await SubmitAsync(database, 1, prompt: new string('p', 10_000));
        });

        Assert.Equal(200, await database.Jobs.RemoveFinishedAsync(DateTimeOffset.MaxValue, 1000));

        Assert.False(File.Exists(path + "-reserve"));
        Assert.Empty(await database.Jobs.ListAsync(new JobQuery(null, [JobState.Cancelled], null, null, 1000)));
        File.Delete(filler);
        Assert.Equal(0, await database.Jobs.RemoveFinishedAsync(DateTimeOffset.MaxValue, 1000));
        Assert.True(File.Exists(path + "-reserve"));
    }

    private static async Task SubmitAsync(GessoDatabase database, int jobs, string prompt = "a red apple")
    {
        var ids = new SortableId(TimeProvider.System);
        foreach (var submission in await database.Jobs.SubmitAsync([.. Enumerable.Range(0, jobs).Select(_ => TestDrafts.New(ids, prompt))]))
            Assert.Equal(SubmitStatus.Created, submission.Status);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        _ = command.ExecuteNonQuery();
    }
}
