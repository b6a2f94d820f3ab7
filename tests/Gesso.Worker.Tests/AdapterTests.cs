using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Engine.Recipes;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;
using Gesso.Testing;

namespace Gesso.Worker.Tests;

/// <summary>Adapters in jobs: found by name, put on and taken off a running model, recorded, refused without a word of where they lie.</summary>
public sealed class AdapterTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public AdapterTests()
    {
        BundledAdapter.Write(_folder.At("brand.safetensors"), 1, trigger: "acme style");
        BundledAdapter.Write(_folder.At("ink.safetensors"), 3);
        BundledAdapter.Write(_folder.At("wide.safetensors"), 5, width: 256);
    }

    [Fact]
    public async Task Jobs_with_other_adapters_are_drawn_one_after_another_as_the_engine_draws_them()
    {
        await using var bench = await WorkerBench.CreateAsync();
        IReadOnlyList<AdapterUse>[] all = [[], [new("brand", 0.8)], [new("BRAND", 0.8), new("ink", -0.5)], [], [new("brand", 0.8)]];
        List<JobId> jobs = [];
        foreach (var adapters in all)
            jobs.Add((await bench.SubmitAsync(WorkerBench.Work() with { Adapters = adapters })).Id);

        _ = await bench.WorkAsync(Options(bench), async () =>
        {
            foreach (var job in jobs)
                _ = await bench.EndAsync(job);
        });

        using var engine = ImageEngine.Load(ModelLibrary.Default.Resolve(null, new CompanionFiles()), new EngineOptions { Device = "cpu", Threads = 1 });
        List<byte[]> drawn = [];
        foreach (var (id, adapters) in jobs.Zip(all))
        {
            var job = await bench.FindAsync(id);
            Assert.True(job.State == JobState.Succeeded, job.Failure?.Message);
            byte[] file = await bench.PictureAsync(job, 0);
            drawn.Add(ImageFiles.Decode(file, "drawn").Pixels);
            var plan = engine.Plan(new ImageRequest
            {
                Prompt = job.Work.Prompt,
                Steps = job.Work.Steps,
                Seed = new Seed(job.Work.Seed),
                Size = job.Work.Size,
                Adapters = [.. adapters.Select(a => new ImageAdapter(Path(a.Name.ToLowerInvariant()), a.Weight))],
            });
            Assert.Equal(engine.Generate(plan).Last().Result!.Picture.Pixels, drawn[^1]);
            Assert.Equal(
                adapters.Select(a => new RecipeAdapter(a.Name.ToLowerInvariant(), a.Weight, engine.Model.Adapters.HashOf(Path(a.Name.ToLowerInvariant())))),
                RecipePng.Read(file, "drawn").Adapters);
        }
        Assert.Equal(drawn[0], drawn[3]);
        Assert.Equal(drawn[1], drawn[4]);
        Assert.Equal(3, drawn.DistinctBy(Convert.ToHexString).Count());
    }

    [Fact]
    public async Task Job_with_a_control_adapter_follows_its_picture_and_needs_one()
    {
        BundledAdapter.WriteControl(Path("canny"), 7);
        await using var bench = await WorkerBench.CreateAsync();
        List<Job> jobs = [];
        foreach (int seed in (int[])[1, 1, 2])
        {
            var picture = await bench.Stores.Assets.PutAsync(ImageFiles.EncodePng(Pictures.Noise(64, 64, 3, seed)), TestContext.Current.CancellationToken);
            jobs.Add(await bench.SubmitAsync(WorkerBench.Work() with { Adapters = [new("canny", 1)], ControlImage = picture }));
        }
        jobs.Add(await bench.SubmitAsync(WorkerBench.Work() with { Adapters = [new("canny", 1)] }));
        jobs.Add(await bench.SubmitAsync(WorkerBench.Work() with { ControlImage = jobs[0].Work.ControlImage }));

        _ = await bench.WorkAsync(Options(bench), async () =>
        {
            foreach (var job in jobs)
                _ = await bench.EndAsync(job.Id);
        });

        List<byte[]> drawn = [];
        foreach (var job in jobs.Take(3))
        {
            var done = await bench.FindAsync(job.Id);
            Assert.True(done.State == JobState.Succeeded, done.Failure?.Message);
            byte[] file = await bench.PictureAsync(done, 0);
            drawn.Add(ImageFiles.Decode(file, "drawn").Pixels);
            Assert.Equal(job.Work.ControlImage!.Value.Sha256, RecipePng.Read(file, "drawn").ControlImage!.Sha256);
        }
        Assert.Equal(drawn[0], drawn[1]);
        Assert.NotEqual(drawn[0], drawn[2]);
        Assert.Equal(["control_image_needed", "control_image_unused"], [.. await Task.WhenAll(jobs.Skip(3).Select(async j => (await bench.FindAsync(j.Id)).Failure?.Code))]);
    }

    [Theory]
    [InlineData("brnad", "adapter_not_found", "Did you mean brand?")]
    [InlineData("../brand", "adapter_not_found", "no adapter \"../brand\"")]
    [InlineData("{folder}/brand.safetensors", "adapter_not_found", "no adapter")]
    [InlineData("wide", "adapter_wrong_width", "wide.safetensors was made for layers of other sizes")]
    [InlineData("broken", "", "broken.safetensors")]
    public async Task Adapter_that_cannot_be_used_ends_its_job_once_and_no_other(string name, string code, string words)
    {
        await File.WriteAllBytesAsync(Path("broken"), [9, 0, 0, 0, 0, 0, 0, 0, (byte)'{'], TestContext.Current.CancellationToken);
        await using var bench = await WorkerBench.CreateAsync();
        string asked = name.Replace("{folder}", _folder.Path, StringComparison.Ordinal);
        var bad = await bench.SubmitAsync(WorkerBench.Work(steps: 1) with { Adapters = [new AdapterUse(asked, 1)] });
        var good = await bench.SubmitAsync(WorkerBench.Work(steps: 1));

        _ = await bench.WorkAsync(Options(bench), () => bench.EndAsync(good.Id));

        var failed = await bench.FindAsync(bad.Id);
        Assert.Equal((JobState.Failed, 1), (failed.State, failed.Attempt));
        Assert.Contains(words, failed.Failure!.Message, StringComparison.Ordinal);
        Assert.True(code.Length == 0 || failed.Failure.Code == code, failed.Failure.Code);
        if (asked == name)
            Assert.DoesNotContain(_folder.Path, failed.Failure.Message, StringComparison.Ordinal);
        Assert.Equal(JobState.Succeeded, (await bench.FindAsync(good.Id)).State);
    }

    [Fact]
    public async Task File_that_nobody_may_read_is_no_fault_of_the_model()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Modes of files do not bind this user.");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path("brand"), UnixFileMode.None);
        await using var bench = await WorkerBench.CreateAsync();
        var bad = await bench.SubmitAsync(WorkerBench.Work(steps: 1) with { Adapters = [new AdapterUse("brand", 1)] });
        var good = await bench.SubmitAsync(WorkerBench.Work(steps: 1));

        _ = await bench.WorkAsync(Options(bench), () => bench.EndAsync(good.Id));

        var failed = await bench.FindAsync(bad.Id);
        Assert.Equal(JobState.Failed, failed.State);
        Assert.DoesNotContain(_folder.Path, failed.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(JobState.Succeeded, (await bench.FindAsync(good.Id)).State);
    }

    [Fact]
    public async Task Worker_tells_what_lies_in_its_folders_and_what_comes_later()
    {
        await using var bench = await WorkerBench.CreateAsync();
        Dictionary<string, AdapterFacts> told = [];

        _ = await bench.WorkAsync(Options(bench) with { Heartbeat = TimeSpan.FromMilliseconds(50) }, async () =>
        {
            await UntilAsync(all => all.ContainsKey("brand"));
            BundledAdapter.Write(_folder.At("late.safetensors"), 7);
            await UntilAsync(all => all.ContainsKey("late"));

            async Task UntilAsync(Func<Dictionary<string, AdapterFacts>, bool> condition)
            {
                while (!condition(told))
                {
                    await Task.Delay(20);
                    told = (await bench.Stores.Workers.ListAsync()).SelectMany(w => w.State == WorkerState.Ready ? w.Adapters : []).ToDictionary(a => a.Name);
                }
            }
        });

        Assert.Equal(["brand", "ink", "late", "wide"], told.Keys.Order());
        Assert.Equal([WorkerBench.Model], told["brand"].Models);
        Assert.Equal(("flux-1-schnell/lora", "acme style", null), (told["brand"].Family, told["brand"].Trigger, told["brand"].Problem));
        Assert.Equal([WorkerBench.Model], told["late"].Models);
        Assert.Empty(told["wide"].Models);
        Assert.StartsWith("wide.safetensors was made for layers of other sizes", told["wide"].Problem, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private WorkerOptions Options(WorkerBench bench) => bench.Options() with { Adapters = new AdapterLibrary([_folder.Path]) };

    private string Path(string name) => _folder.At(name + ".safetensors");
}
