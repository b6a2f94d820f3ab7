using Gesso.Platform;
using Gesso.Platform.Jobs;

namespace Gesso.Storage.Tests.Stores;

public abstract class ProgressContract(StoreKind kind) : StoreContract(kind)
{
    private static readonly JobId First = new("job_1");
    private static readonly JobId Second = new("job_2");

    [Fact]
    public async Task Last_progress_is_read_once_per_version()
    {
        byte[] preview = new byte[200_000];
        new Random(1).NextBytes(preview);
        await Stores.Progress.PublishAsync(Progress(First, 1, step: 1));
        await Stores.Progress.PublishAsync(Progress(First, 1, step: 2) with { Preview = preview, PreviewMediaType = "image/jpeg" });
        await Stores.Progress.PublishAsync(Progress(Second, 1, step: 1));

        var read = Assert.Single(await ReadAsync(First, 0, 0));
        Assert.Equal((new JobAttempt(First, 1), 2, 4, 1, 3, "image/jpeg"), (read.Attempt, read.Step, read.Steps, read.Image, read.Images, read.PreviewMediaType));
        Assert.Equal(preview, read.Preview);
        Assert.Empty(await ReadAsync(First, 1, read.Version));
        Assert.Single(await ReadAsync(First, 2, read.Version));
        Assert.Empty(await ReadAsync(new JobId("job_3"), 0, 0));
    }

    [Fact]
    public async Task Progress_of_an_attempt_that_was_overtaken_is_not_shown()
    {
        await Stores.Progress.PublishAsync(Progress(First, 2, step: 1));
        await Stores.Progress.PublishAsync(Progress(First, 1, step: 3));
        await Stores.Progress.PublishAsync(Progress(First, 2, step: 0));

        var read = Assert.Single(await ReadAsync(First, 0, 0));
        Assert.Equal((2, 1), (read.Attempt.Number, read.Step));
    }

    [Fact]
    public async Task Progress_is_forgotten_by_job_and_by_age()
    {
        await Stores.Progress.PublishAsync(Progress(First, 1, step: 1));
        await Stores.Progress.PublishAsync(Progress(Second, 1, step: 1));

        await Stores.Progress.RemoveAsync([First], TimeProvider.System.GetUtcNow().AddHours(-1));
        Assert.Empty(await ReadAsync(First, 0, 0));
        Assert.Single(await ReadAsync(Second, 0, 0));

        await Stores.Progress.RemoveAsync([], TimeProvider.System.GetUtcNow().AddHours(1));
        Assert.Empty(await ReadAsync(Second, 0, 0));
    }

    private Task<IReadOnlyList<JobProgress>> ReadAsync(JobId job, int attempt, long version) =>
        Stores.Progress.ReadAsync(new Dictionary<JobId, (int, long)> { [job] = (attempt, version) });

    private static JobProgress Progress(JobId job, int attempt, int step) =>
        new() { Attempt = new JobAttempt(job, attempt), Image = 1, Images = 3, Step = step, Steps = 4 };
}

public sealed class MemoryProgressTests() : ProgressContract(StoreKind.Memory);

public sealed class SqliteProgressTests() : ProgressContract(StoreKind.Sqlite);

public sealed class PostgresProgressTests() : ProgressContract(StoreKind.Postgres);
