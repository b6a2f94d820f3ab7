using Gesso.Contracts.Images;
using Gesso.Engine.Library;
using Gesso.Testing;

namespace Gesso.Engine.Tests;

/// <summary>One process, one model after the other.</summary>
public sealed class ModelSwapTests(TinyEngine tiny) : IClassFixture<TinyEngine>
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void Engine_after_another_draws_what_it_draws_alone()
    {
        using var leaks = new LeakCheck();
        byte[] Draw(string path)
        {
            using var engine = TinyEngine.Load(path);
            return TinyEngine.Draw(engine, TinyEngine.Request with { TrueGuidance = 2 }).Single().Picture.Pixels;
        }
        byte[] dev = Draw(tiny.Dev), schnell = Draw(tiny.Schnell);

        Assert.NotEqual(dev, schnell);
        Assert.Equal(dev, Draw(tiny.Dev));
        Assert.Equal(schnell, Draw(tiny.Schnell));
    }

    [Fact]
    public void Disposed_engine_lets_its_files_go_and_refuses_work()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        string copy = folder.Copy(tiny.Dev, "model");
        var engine = TinyEngine.Load(copy);
        var plan = engine.Plan(TinyEngine.Request);
        Assert.Single(engine.Generate(plan), s => s.Result is not null);

        engine.Dispose();
        engine.Dispose();

        Assert.Throws<ObjectDisposedException>(() => engine.Plan(TinyEngine.Request));
        Assert.Throws<ObjectDisposedException>(() => engine.Generate(plan));
        if (OperatingSystem.IsLinux())
            Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), line => line.Contains(copy, StringComparison.Ordinal));
    }

    [Fact]
    public void Ten_swaps_of_the_bundled_model_leave_memory_flat()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Resident memory is read from /proc.");
        using var leaks = new LeakCheck();
        var source = ModelLibrary.Default.Resolve(null, new CompanionFiles());
        void Swap()
        {
            using (var engine = ImageEngine.Load(source, new EngineOptions { Device = "cpu" }))
                Assert.Single(TinyEngine.Draw(engine, new ImageRequest { Prompt = "an owl", Steps = 1, Seed = new Seed(1) }));
            using (var other = TinyEngine.Load(tiny.Dev))
                Assert.Single(TinyEngine.Draw(other, TinyEngine.Request));
        }
        for (int i = 0; i < 3; i++)
            Swap();
        long before = ProcessMemory.ResidentBytes();

        for (int i = 0; i < 10; i++)
            Swap();

        // the weights take 38 MB in memory: keeping one set of them would show
        long growth = ProcessMemory.ResidentBytes() - before;
        Assert.True(growth < 24 * Mebibyte, $"resident memory grew by {growth / Mebibyte} MiB in ten swaps");
    }
}
