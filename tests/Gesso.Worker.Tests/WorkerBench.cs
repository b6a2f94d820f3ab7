using Gesso.Contracts.Images;
using Gesso.Engine.Library;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;
using Gesso.Storage;
using Gesso.Storage.Assets;
using Gesso.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gesso.Worker.Tests;

/// <summary>Real stores in a temporary folder and workers with the bundled model, one after another in this process.</summary>
internal sealed class WorkerBench : IAsyncDisposable
{
    public const string Model = "gesso-mini";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TestFolder _folder = new();
    private readonly GessoDatabase _database;

    private WorkerBench(GessoDatabase database, TestFolder folder)
    {
        _database = database;
        _folder = folder;
        Stores = database.With(new FolderAssetStore(folder.At("assets"), TimeProvider.System));
    }

    public PlatformStores Stores { get; }

    public SortableId Ids { get; } = new(TimeProvider.System);

    public DataFolder Folder => new(_folder.Path);

    public static async Task<WorkerBench> CreateAsync()
    {
        var folder = new TestFolder();
        return new WorkerBench(await GessoDatabase.OpenAsync("sqlite:" + folder.At("test.db"), new SchedulingPolicy(), TimeProvider.System), folder);
    }

    public WorkerOptions Options(params (string Name, string? Path)[] models) => new()
    {
        Id = Ids.NewWorker(),
        Device = "cpu",
        Threads = 1,
        Folder = Folder,
        CheckpointInterval = TimeSpan.FromMilliseconds(50),
        Models = (models.Length == 0 ? [(Model, null)] : models).ToDictionary(m => m.Name, m => new ModelLocation(m.Path, new CompanionFiles())),
    };

    /// <summary>Runs a worker until <paramref name="enough"/> completes.</summary>
    public async Task<int> WorkAsync(WorkerOptions options, Func<Task> enough)
    {
        using var stop = new CancellationTokenSource();
        var worker = Task.Run(() => WorkerProgram.RunAsync(options, Stores, TimeProvider.System, NullLoggerFactory.Instance, stop.Token));
        try
        {
            await Task.WhenAny(enough(), worker);
        }
        finally
        {
            await stop.CancelAsync();
        }
        return await worker.WaitAsync(Patience);
    }

    public async Task<Job> SubmitAsync(ImageJob work)
    {
        var now = TimeProvider.System.GetUtcNow();
        var draft = new JobDraft { Id = Ids.NewJob(), Tenant = TenantId.Default, Key = new ApiKeyId("key_test"), Work = work, Created = now, EstimatedSeconds = 1 };
        return (await Stores.Jobs.SubmitAsync([draft]))[0].Job!;
    }

    public static ImageJob Work(int steps = 4, int count = 1, long seed = 5) => new()
    {
        Model = Model,
        Prompt = "a red apple in noto style",
        Steps = steps,
        Count = count,
        Seed = seed,
        Size = new ImageSize(64, 64),
    };

    public async Task<Job> FindAsync(JobId id) => await Stores.Jobs.FindAsync(null, id) ?? throw new InvalidOperationException($"There is no job {id}.");

    public async Task<Job> EndAsync(JobId id) => await UntilAsync(id, job => job.State.IsFinal());

    public async Task<Job> UntilAsync(JobId id, Func<Job, bool> condition)
    {
        long since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            long seen = Stores.Signal.Version;
            var job = await FindAsync(id);
            if (condition(job))
                return job;
            if (TimeProvider.System.GetElapsedTime(since) > Patience)
                throw new TimeoutException($"{id} is {job.State}, attempt {job.Attempt}, {job.Failure?.Message}");
            await Stores.Signal.WaitAsync(seen, TimeSpan.FromMilliseconds(200));
        }
    }

    public async Task<byte[]> PictureAsync(Job job, int index) =>
        await Stores.Assets.ReadAsync(job.Pictures[index].Asset) ?? throw new InvalidOperationException("The picture's file is gone.");

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        _folder.Dispose();
    }
}
