using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Engine.Library;
using Gesso.Testing;

namespace Gesso.Engine.Tests;

public sealed class BatchTests(TinyEngine tiny) : IClassFixture<TinyEngine>
{
    private static ImageRequest Request => TinyEngine.Request;

    [Fact]
    public void Requests_drawn_together_are_those_drawn_alone()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        ImageRequest[] requests =
        [
            Request,
            Request with { Prompt = "a blue box", Seed = new Seed(50), Count = 2 },
            Request with { Guidance = 1, Seed = new Seed(60) },
        ];

        var results = Together(engine, requests);

        Assert.Equal([(0, 0), (1, 0), (1, 1), (2, 0)], results.Keys.Order());
        for (int r = 0; r < requests.Length; r++)
        {
            foreach (var alone in TinyEngine.Draw(engine, requests[r]))
            {
                Assert.Equal(alone.Seed, results[(r, alone.Index)].Seed);
                AssertSame(alone.Picture, results[(r, alone.Index)].Picture);
            }
        }
    }

    /// <summary>16 steps with true guidance: measured on 2 cores, 1 of the 196,608 bytes of these pictures differs from the one drawn alone, by 1.</summary>
    [Fact]
    public void Bundled_model_draws_the_same_together()
    {
        using var engine = ImageEngine.Load(ModelLibrary.Default.Resolve(null, new CompanionFiles()), new EngineOptions { Device = "cpu" });
        ImageRequest[] requests =
        [
            .. new[] { "a red apple in noto style", "an owl", "a fox", "a cupcake" }.Select((p, i) => new ImageRequest { Prompt = p, Seed = new Seed(i) }),
        ];

        var results = Together(engine, requests);

        for (int r = 0; r < requests.Length; r++)
            AssertSame(TinyEngine.Draw(engine, requests[r]).Single().Picture, results[(r, 0)].Picture);
    }

    [Fact]
    public void Steps_tell_whose_they_are_and_requests_go_side_by_side()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        var items = Items(engine, Request with { Count = 2 }, Request with { Prompt = "a blue box" });
        items[1] = items[1] with { Options = new GenerateOptions { Previews = true } };

        GenerationStep[] steps = [.. engine.Generate(items, TestContext.Current.CancellationToken)];

        Assert.Equal(
            [(0, 0, 1), (1, 0, 1), (0, 0, 2), (1, 0, 2), (0, 0, 2), (1, 0, 2), (0, 1, 1), (0, 1, 2), (0, 1, 2)],
            steps.Select(s => (s.Request, s.Image, s.Step)));
        Assert.Equal([2, 1, 2], steps.Where(s => s.Result is not null).Select(s => s.Images));
        Assert.Equal([1], steps.Select((s, i) => (s.Preview, i)).Where(s => s.Preview is not null).Select(s => s.i));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Cancelled_request_leaves_and_the_others_come_out_as_they_would_have(int eventsBefore)
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        using var cancellation = new CancellationTokenSource();
        var requests = new[] { Request, Request with { Seed = new Seed(50), Count = 2 }, Request with { Seed = new Seed(60) } };
        var items = Items(engine, requests);
        items[1] = items[1] with { Cancellation = cancellation.Token };
        List<GenerationStep> steps = [];

        foreach (var step in engine.Generate(items, TestContext.Current.CancellationToken))
        {
            Assert.False(step.Request == 1 && cancellation.IsCancellationRequested);
            steps.Add(step);
            if (steps.Count == eventsBefore)
                cancellation.Cancel();
        }

        var results = steps.Where(s => s.Result is not null).ToDictionary(s => s.Request, s => s.Result!);
        Assert.Equal([0, 2], results.Keys.Order());
        AssertSame(TinyEngine.Draw(engine, requests[0]).Single().Picture, results[0].Picture);
        AssertSame(TinyEngine.Draw(engine, requests[2]).Single().Picture, results[2].Picture);
    }

    [Fact]
    public void Batch_of_which_all_are_cancelled_ends()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        var items = Items(engine, Request, Request).ConvertAll(i => i with { Cancellation = new CancellationToken(canceled: true) });

        Assert.Empty(engine.Generate(items, TestContext.Current.CancellationToken));
        Assert.Empty(engine.Generate([], TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Cancelling_the_whole_batch_ends_it_with_an_exception()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        using var cancellation = new CancellationTokenSource();
        int steps = 0;

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var _ in engine.Generate(Items(engine, Request, Request with { Seed = new Seed(8) }), cancellation.Token))
            {
                if (++steps == 2)
                    cancellation.Cancel();
            }
        });

        Assert.Equal(2, steps);
    }

    [Fact]
    public void Batch_abandoned_half_way_leaves_nothing()
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);

        Assert.Equal(1, engine.Generate(Items(engine, Request, Request), TestContext.Current.CancellationToken).First().Step);
    }

    /// <summary>A request, and whether it may be drawn with the usual one.</summary>
    public static TheoryData<bool, Func<ImageRequest, ImageRequest>> Variations => new()
    {
        { true, r => r with { Prompt = "something else", Prompt2 = "quite", NegativePrompt = "no" } },
        { true, r => r with { Seed = new Seed(99), Count = 3 } },
        { true, r => r with { Guidance = 7 } },
        { false, r => r with { Size = new ImageSize(24, 32) } },
        { false, r => r with { Steps = 3 } },
        { false, r => r with { Sampler = "unipc" } },
        { false, r => r with { TextLength = 20 } },
        { false, r => r with { TrueGuidance = 2 } },
        { false, r => r with { InitImage = Pictures.Gradient(32, 24), Strength = 1 } },
        { false, r => r with { Parity = ParityMode.Comfy } },
    };

    [Theory]
    [MemberData(nameof(Variations))]
    public void Batch_keys_are_equal_exactly_where_requests_go_together(bool together, Func<ImageRequest, ImageRequest> vary)
    {
        using var leaks = new LeakCheck();
        using var engine = TinyEngine.Load(tiny.Dev);
        var items = Items(engine, Request, vary(Request));

        Assert.Equal(together, items[0].Plan.BatchKey == items[1].Plan.BatchKey);
        if (together)
            Assert.Contains(engine.Generate(items, TestContext.Current.CancellationToken), s => s is { Request: 1, Result: not null });
        else
            Assert.Contains(items[1].Plan.BatchKey, Refusal.Of("batch_mismatch", () => engine.Generate(items, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Prompts_that_ComfyUI_gives_another_length_do_not_go_together()
    {
        using var engine = TinyEngine.Load(tiny.Dev);
        var comfy = Request with { Parity = ParityMode.Comfy };
        string Key(string prompt) => engine.Plan(comfy with { Prompt = prompt }).BatchKey;

        Assert.Equal(Key("a red box"), Key("a blue box"));
        Assert.NotEqual(Key("a red box"), Key(string.Concat(Enumerable.Repeat("a ", 400))));
    }

    [Fact]
    public void Batch_that_cannot_fit_in_memory_is_refused_and_a_smaller_one_is_named()
    {
        using var engine = TinyEngine.Load(tiny.Dev);
        var plan = engine.Plan(Request);
        int huge = (int)Math.Min(int.MaxValue / 4, 2 * MemoryEstimate.AvailableBytes() / MemoryEstimate.PeakBytes(plan.First, engine.Model));

        string message = Refusal.Of("too_large_for_memory", () => MemoryEstimate.RequireFits(plan.First, engine.Model, huge));

        Assert.Contains($"{huge} pictures of 32x24 drawn together", message);
        Assert.InRange(engine.MostTogether(plan, huge), 1, huge - 1);
        Assert.Equal(4, engine.MostTogether(plan, 4));
    }

    private static List<BatchItem> Items(ImageEngine engine, params ImageRequest[] requests) => [.. requests.Select(r => new BatchItem(engine.Plan(r)))];

    private static Dictionary<(int Request, int Image), ImageResult> Together(ImageEngine engine, ImageRequest[] requests) =>
        engine.Generate(Items(engine, requests), TestContext.Current.CancellationToken)
            .Where(s => s.Result is not null)
            .ToDictionary(s => (s.Request, s.Image), s => s.Result!);

    private static void AssertSame(RasterImage alone, RasterImage together)
    {
        Assert.Equal(alone.Size, together.Size);
        int apart = alone.Pixels.Zip(together.Pixels, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(apart <= 1, $"a byte differs by {apart}");
    }
}
