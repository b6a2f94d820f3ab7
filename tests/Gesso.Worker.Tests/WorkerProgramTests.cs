using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Recipes;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Platform.Metering;

namespace Gesso.Worker.Tests;

public sealed class WorkerProgramTests
{
    [Fact]
    public async Task Job_is_drawn_with_its_recipe_and_progress()
    {
        await using var bench = await WorkerBench.CreateAsync();
        var job = await bench.SubmitAsync(WorkerBench.Work(steps: 3, count: 2) with { Previews = true });

        int code = await bench.WorkAsync(bench.Options(), () => bench.EndAsync(job.Id));

        var ended = await bench.FindAsync(job.Id);
        Assert.Equal(0, code);
        Assert.Equal(JobState.Succeeded, ended.State);
        Assert.Equal([5, 6], ended.Pictures.Select(p => p.Seed));
        Assert.True(ended.DeviceSeconds > 0);
        byte[] file = await bench.PictureAsync(ended, 1);
        Assert.Equal(new ImageSize(64, 64), ImageFiles.Decode(file, "picture").Size);
        Assert.Equal(6, RecipePng.Read(file, "picture").Seed!.Value.Value);
        var progress = Assert.Single(await bench.Stores.Progress.ReadAsync(new Dictionary<Gesso.Platform.JobId, (int, long)> { [job.Id] = (0, 0) }, TestContext.Current.CancellationToken));
        Assert.Equal(2, progress.Images);
        Assert.Empty(await bench.Stores.Workers.ListAsync(TestContext.Current.CancellationToken));
        var facts = Assert.Single(await bench.Stores.Workers.ModelsAsync(TestContext.Current.CancellationToken));
        Assert.True(facts.SecondsPerUnit > 0);
        Assert.Equal(128, facts.Card.Defaults.Size.Width);
    }

    [Theory]
    [InlineData(PictureFormat.Jpeg, "image/jpeg", 0xFF)]
    [InlineData(PictureFormat.Webp, "image/webp", (int)'R')]
    public async Task Other_formats_are_written(PictureFormat format, string mediaType, int firstByte)
    {
        await using var bench = await WorkerBench.CreateAsync();
        var job = await bench.SubmitAsync(WorkerBench.Work(steps: 1) with { Format = format, Quality = 80 });

        _ = await bench.WorkAsync(bench.Options(), () => bench.EndAsync(job.Id));

        var ended = await bench.FindAsync(job.Id);
        Assert.Equal(mediaType, ended.Pictures[0].MediaType);
        Assert.Equal(firstByte, (await bench.PictureAsync(ended, 0))[0]);
    }

    [Fact]
    public async Task Worker_tells_what_it_counted_with_its_heartbeat()
    {
        await using var bench = await WorkerBench.CreateAsync();
        var job = await bench.SubmitAsync(WorkerBench.Work(steps: 2, count: 2));

        IReadOnlyList<MetricSnapshot> told = [];
        _ = await bench.WorkAsync(bench.Options() with { Heartbeat = TimeSpan.FromMilliseconds(100) }, async () =>
        {
            _ = await bench.EndAsync(job.Id);
            // counters are those of the process: other tests may have added to them, none takes away
            while (!Has("gesso_jobs_total", "succeeded"))
            {
                await Task.Delay(20);
                told = (await bench.Stores.Workers.ListAsync()).Single().Metrics;
            }
        });

        Assert.True(Has("gesso_stage_seconds", "denoise"));
        Assert.True(Has("gesso_stage_seconds", "encode"));
        Assert.True(Has("gesso_pictures_total", WorkerBench.Model));
        Assert.Contains(told, m => m.Name == "process_resident_memory_bytes");

        bool Has(string name, string label) => told.Any(m => m.Name == name && m.Points.Any(p => p.Labels.Any(l => l.Value == label)));
    }

    [Fact]
    public async Task Stopped_worker_gives_its_job_back_and_the_next_one_goes_on_to_the_same_bytes()
    {
        await using var bench = await WorkerBench.CreateAsync();
        var undisturbed = await bench.SubmitAsync(WorkerBench.Work(steps: 40, count: 2));
        _ = await bench.WorkAsync(bench.Options(), () => bench.EndAsync(undisturbed.Id));
        var job = await bench.SubmitAsync(WorkerBench.Work(steps: 40, count: 2));

        _ = await bench.WorkAsync(bench.Options(), () => bench.UntilAsync(job.Id, j => j.Checkpoint is { Step: > 2 }));
        var waiting = await bench.FindAsync(job.Id);
        Assert.Equal(JobState.Queued, waiting.State);
        Assert.Equal(0, waiting.Crashes);
        Assert.NotNull(waiting.Checkpoint);

        _ = await bench.WorkAsync(bench.Options(), () => bench.EndAsync(job.Id));
        var ended = await bench.FindAsync(job.Id);
        Assert.Equal(2, ended.Attempt);
        var expected = await bench.FindAsync(undisturbed.Id);
        for (int i = 0; i < 2; i++)
            Assert.Equal(await bench.PictureAsync(expected, i), await bench.PictureAsync(ended, i));
    }

    [Fact]
    public async Task Cancelled_job_leaves_the_device_to_the_next()
    {
        await using var bench = await WorkerBench.CreateAsync();
        var endless = await bench.SubmitAsync(WorkerBench.Work(steps: 1000));
        var next = await bench.SubmitAsync(WorkerBench.Work(steps: 2));

        _ = await bench.WorkAsync(bench.Options(), async () =>
        {
            _ = await bench.UntilAsync(endless.Id, j => j.Checkpoint is not null);
            _ = await bench.Stores.Jobs.CancelAsync(null, endless.Id, TimeProvider.System.GetUtcNow());
            _ = await bench.EndAsync(next.Id);
        });

        Assert.Equal(JobState.Cancelled, (await bench.FindAsync(endless.Id)).State);
        Assert.Empty((await bench.FindAsync(endless.Id)).Pictures);
        Assert.Equal(JobState.Succeeded, (await bench.FindAsync(next.Id)).State);
    }

    [Fact]
    public async Task Picture_and_mask_are_drawn_upon_and_kept_outside_the_mask()
    {
        await using var bench = await WorkerBench.CreateAsync();
        var start = new RasterImage(64, 64, 3, [.. Enumerable.Range(0, 64 * 64 * 3).Select(i => (byte)(i % 3 == 0 ? 200 : 40))]);
        byte[] mask = new byte[64 * 64 * 4];
        for (int i = 0; i < 64 * 64; i++)
            mask[(4 * i) + 3] = (byte)(i % 64 < 32 ? 255 : 0);                              // the right half is transparent: redrawn
        var init = await bench.Stores.Assets.PutAsync(ImageFiles.EncodePng(start), TestContext.Current.CancellationToken);
        var masked = await bench.Stores.Assets.PutAsync(ImageFiles.EncodePng(new RasterImage(64, 64, 4, mask)), TestContext.Current.CancellationToken);
        var job = await bench.SubmitAsync(WorkerBench.Work(steps: 8) with { InitImage = init, Mask = masked, MaskReading = MaskReading.Transparent, Strength = 1 });

        _ = await bench.WorkAsync(bench.Options(), () => bench.EndAsync(job.Id));

        var drawn = ImageFiles.Decode(await bench.PictureAsync(await bench.FindAsync(job.Id), 0), "drawn");
        double Difference(int from, int to) => Enumerable.Range(0, 64 * 64).Where(i => i % 64 >= from && i % 64 < to)
            .Average(i => Enumerable.Range(0, 3).Average(c => Math.Abs(drawn.Pixels[(3 * i) + c] - start.Pixels[(3 * i) + c])));
        Assert.True(Difference(0, 24) < Difference(40, 64), $"kept {Difference(0, 24):F1}, redrawn {Difference(40, 64):F1}");
    }

    [Fact]
    public async Task Job_whose_picture_was_deleted_fails_with_what_to_do()
    {
        await using var bench = await WorkerBench.CreateAsync();
        var job = await bench.SubmitAsync(WorkerBench.Work() with { InitImage = AssetKey.Of("gone"u8), Strength = 0.5 });

        _ = await bench.WorkAsync(bench.Options(), () => bench.EndAsync(job.Id));

        Assert.Equal("input_gone", (await bench.FindAsync(job.Id)).Failure!.Code);
    }

    [Fact]
    public async Task Request_the_model_refuses_fails_and_the_worker_goes_on()
    {
        await using var bench = await WorkerBench.CreateAsync();
        var bad = await bench.SubmitAsync(WorkerBench.Work() with { Sampler = "magic" });
        var good = await bench.SubmitAsync(WorkerBench.Work(steps: 1));

        _ = await bench.WorkAsync(bench.Options(), () => bench.EndAsync(good.Id));

        var failed = await bench.FindAsync(bad.Id);
        Assert.Equal(("unknown_sampler", JobState.Failed), (failed.Failure!.Code, failed.State));
        Assert.Equal(JobState.Succeeded, (await bench.FindAsync(good.Id)).State);
    }

    [Fact]
    public async Task Damaged_model_is_told_of_and_other_models_are_served()
    {
        await using var bench = await WorkerBench.CreateAsync();
        string damaged = Path.Combine(bench.Folder.Path, "damaged.safetensors");
        await File.WriteAllBytesAsync(damaged, new byte[1000], TestContext.Current.CancellationToken);
        var job = await bench.SubmitAsync(WorkerBench.Work(steps: 1));
        IReadOnlyDictionary<string, string>? told = null;

        _ = await bench.WorkAsync(bench.Options(("damaged", damaged), (WorkerBench.Model, null)), async () =>
        {
            _ = await bench.EndAsync(job.Id);
            told = Assert.Single(await bench.Stores.Workers.ListAsync()).BadModels;
        });

        Assert.Equal("damaged", Assert.Single(told!).Key);
        Assert.Equal(JobState.Succeeded, (await bench.FindAsync(job.Id)).State);
    }

    [Fact]
    public async Task Worker_of_a_server_that_is_gone_ends_by_itself()
    {
        await using var bench = await WorkerBench.CreateAsync();

        int code = await bench.WorkAsync(bench.Options() with { Slot = 0, OrphanPatience = TimeSpan.FromMilliseconds(100) }, () => Task.Delay(Timeout.Infinite));

        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Second_worker_of_a_slot_has_nothing_to_do()
    {
        await using var bench = await WorkerBench.CreateAsync();
        using var held = Gesso.Platform.Workers.FileLock.TryTake(bench.Folder.WorkerLock(3));

        Assert.Equal(WorkerOptions.NothingToDo, await bench.WorkAsync(bench.Options() with { Slot = 3 }, () => Task.Delay(Timeout.Infinite)));
    }
}
