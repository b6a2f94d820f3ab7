using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine.Library;
using Gesso.Testing;

namespace Gesso.Engine.Tests;

public sealed class ImageEngineTests(TinyEngine tiny) : IClassFixture<TinyEngine>
{
    private static ImageRequest Request => TinyEngine.Request;

    [Fact]
    public void A_seed_repeats_its_picture_byte_for_byte()
    {
        using var leaks = new LeakCheck();
        var source = new ModelSource { Path = tiny.Dev };
        byte[] first = TinyEngine.Draw(source, Request);

        Assert.Equal(32 * 24 * 3, first.Length);
        Assert.Equal(first, TinyEngine.Draw(source, Request));
        Assert.NotEqual(first, TinyEngine.Draw(source, Request with { Seed = new Seed(8) }));
    }

    [Fact]
    public void Several_pictures_are_single_ones_with_the_next_seeds()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);

        var series = TinyEngine.Draw(engine, Request with { Count = 3 });

        Assert.Equal([0, 1, 2], series.Select(r => r.Index));
        for (int k = 0; k < 3; k++)
        {
            Assert.Equal(new Seed(7 + k), series[k].Seed);
            Assert.Equal(TinyEngine.Draw(engine, Request with { Seed = new Seed(7 + k) }).Single().Picture.Pixels, series[k].Picture.Pixels);
        }
    }

    [Theory]
    [InlineData(WeightMemory.Auto)]
    [InlineData(WeightMemory.Compact)]
    public void How_weights_are_held_does_not_change_the_picture(WeightMemory memory)
    {
        using var leaks = new LeakCheck();
        byte[] expanded = TinyEngine.Draw(new ModelSource { Path = tiny.Dev }, Request);
        using var engine = ImageEngine.Load(new ModelSource { Path = tiny.Dev }, new EngineOptions { Device = "cpu", Weights = memory });

        Assert.Equal(expanded, TinyEngine.Draw(engine, Request).Single().Picture.Pixels);
    }

    [Fact]
    public void Steps_tell_where_the_series_is_and_end_with_the_picture()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Schnell);
        var plan = engine.Plan(Request with { Count = 2, Steps = 3 });

        GenerationStep[] steps = [.. engine.Generate(plan, previews: true, TestContext.Current.CancellationToken)];

        Assert.Equal([(0, 1), (0, 2), (0, 3), (0, 3), (1, 1), (1, 2), (1, 3), (1, 3)], steps.Select(s => (s.Image, s.Step)));
        Assert.All(steps, s => Assert.Equal((2, 3), (s.Images, s.Steps)));
        Assert.Equal([3, 7], steps.Select((s, i) => (s.Result, i)).Where(s => s.Result is not null).Select(s => s.i));
        // the last step is followed by the picture itself, so it has no preview
        Assert.Equal([0, 1, 4, 5], steps.Select((s, i) => (s.Preview, i)).Where(s => s.Preview is not null).Select(s => s.i));
        Assert.All(steps.Select(s => s.Preview).OfType<RasterImage>(), p => Assert.Equal(new ImageSize(32, 24), p.Size));
    }

    [Fact]
    public void Previews_do_not_change_the_picture()
    {
        using var engine = TinyEngine.Load(tiny.Dev);
        byte[] plain = TinyEngine.Draw(engine, Request).Single().Picture.Pixels;

        var last = engine.Generate(engine.Plan(Request), previews: true, TestContext.Current.CancellationToken).Last();

        Assert.Equal(plain, last.Result!.Picture.Pixels);
    }

    [Fact]
    public void Cancellation_takes_effect_between_two_steps()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        using var cancellation = new CancellationTokenSource();
        int steps = 0;

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var _ in engine.Generate(engine.Plan(Request with { Count = 5 }), cancellation: cancellation.Token))
            {
                if (++steps == 4)
                    cancellation.Cancel();
            }
        });

        Assert.Equal(4, steps);
        Assert.Single(TinyEngine.Draw(engine, Request));
    }

    [Fact]
    public void A_series_abandoned_half_way_leaves_nothing()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);

        Assert.Equal(1, engine.Generate(engine.Plan(Request with { Count = 3 })).First().Step);
    }

    [Fact]
    public void Two_hundred_more_pictures_leave_the_memory_flat()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "resident memory is read from /proc");
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Schnell);
        long ResidentAfter(int from, int to)
        {
            // every picture has prompts of its own, so that kept text states take part
            var request = Request with { Steps = 1, TrueGuidance = 2, Size = new ImageSize(16, 16) };
            for (int i = from; i < to; i++)
                Assert.Single(TinyEngine.Draw(engine, request with { Prompt = $"box {i}", NegativePrompt = $"not {i}" }));
            return ProcessMemory.ResidentBytes();
        }

        // Equal rounds: what waits for its finaliser (numbers given to libtorch) is freed at each end, and the allocator keeps the space. The first
        // round also lets the runtime settle.
        long early = ResidentAfter(0, 100);
        ResidentAfter(100, 200);
        long late = ResidentAfter(200, 300);

        // tensors are counted by the leak check; this sees what is not a tensor, from 40 KB a picture on
        Assert.True(late - early < 8 << 20, $"from {early >> 10} KB after 100 pictures to {late >> 10} KB after 300");
    }

    [Fact]
    public void A_prompt_longer_than_the_model_reads_is_noted_with_what_is_lost()
    {
        using var engine = TinyEngine.Load(tiny.Dev);

        string note = engine.Plan(Request with { Prompt = "a red box and a blue box", TextLength = 10 }).Notes.Single();

        Assert.Contains("longer than the 10 tokens", note);
        Assert.EndsWith("blue box\".", note);
        Assert.Empty(engine.Plan(Request with { Prompt = "a red", TextLength = 10 }).Notes);
        // ComfyUI's convention makes room for the whole prompt
        Assert.Empty(engine.Plan(Request with { Prompt = "a red box and a blue box", TextLength = 10, Parity = ParityMode.Comfy }).Notes);
    }

    [Fact]
    public void Requests_without_a_seed_get_one_each()
    {
        using var engine = TinyEngine.Load(tiny.Dev);
        var seeds = Enumerable.Range(0, 5).Select(_ => engine.Plan(Request with { Seed = null }).First.Seed.Value).ToList();

        Assert.All(seeds, s => Assert.InRange(s, 0, long.MaxValue));
        Assert.True(seeds.Distinct().Count() > 1);
    }

    [Fact]
    public void A_picture_that_cannot_fit_in_memory_is_refused_with_the_estimate()
    {
        using var engine = TinyEngine.Load(tiny.Dev);
        var plan = engine.Plan(Request).First;
        var absurd = plan with { Size = new ImageSize(1 << 24, 1 << 24) };

        string message = Refusal.Of("too_large_for_memory", () => MemoryEstimate.RequireFits(absurd, engine.Model));

        Assert.Contains("A 16777216x16777216 picture needs about", message);
        Assert.True(MemoryEstimate.PeakBytes(plan, engine.Model) < MemoryEstimate.PeakBytes(plan with { Size = new ImageSize(64, 64) }, engine.Model));
        MemoryEstimate.RequireFits(plan, engine.Model);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:x")]
    [InlineData("")]
    [InlineData("CPU")]
    public void An_unknown_device_is_refused(string device)
    {
        string message = Refusal.Of("bad_device", () => ImageEngine.Load(new ModelSource { Path = tiny.Dev }, new EngineOptions { Device = device }));

        Assert.Contains($"got \"{device}\"", message);
    }

    [Fact]
    public void A_device_that_is_not_there_is_unavailable()
    {
        var source = new ModelSource { Path = tiny.Dev };

        string message = Refusal.Of("no_cuda", ErrorKind.Unavailable, () => ImageEngine.Load(source, new EngineOptions { Device = "cuda:99" }));

        Assert.Contains("cuda:99", message);
        Assert.Contains("--device cpu", message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1025)]
    public void Threads_out_of_range_are_refused(int threads)
    {
        Assert.Contains($"got {threads}", Refusal.Of("bad_threads", () => new EngineOptions { Threads = threads }.Validate()));
    }

    [Fact]
    public void Facts_say_where_pictures_are_computed()
    {
        using var engine = TinyEngine.Load(tiny.Dev);

        Assert.Equal("cpu", engine.Facts.Device);
        Assert.Equal(engine.Runtime.Threads, engine.Facts.Threads);
    }
}
