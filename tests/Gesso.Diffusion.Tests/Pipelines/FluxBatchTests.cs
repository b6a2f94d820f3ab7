using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Samplers;
using Gesso.Testing;

namespace Gesso.Diffusion.Tests.Pipelines;

/// <summary>Pictures drawn together are the pictures drawn alone.</summary>
public sealed class FluxBatchTests(TinyPipeline tiny) : IClassFixture<TinyPipeline>
{
    /// <summary>A matrix product of more rows adds in another order: on the CPU, with these networks, latents of up to 7.7 differ by up to 6e-6.</summary>
    private const float Tolerance = 1e-4f;

    private static DenoisePlan Plan => TinyPipeline.Plan;

    public static TheoryData<string> Samplers => [.. SamplerCatalog.Names];

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Pictures_together_are_those_alone_for_other_prompts_seeds_and_scales(string sampler)
    {
        using var leaks = new LeakCheck();
        AssertAlike(
            Plan with { Sampler = sampler },
            Plan with { Sampler = sampler, Prompt = "a blue box", Prompt2 = "a blue box", Seed = new Seed(99) },
            Plan with { Sampler = sampler, Guidance = 1, Seed = new Seed(8) });
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Guided_pictures_together_are_those_alone(string sampler)
    {
        using var leaks = new LeakCheck();
        AssertAlike(
            Plan with { Sampler = sampler, TrueGuidance = 2, NegativePrompt = "a blue box" },
            Plan with { Sampler = sampler, TrueGuidance = 3.5, NegativePrompt = "ugly", Seed = new Seed(8) });
    }

    [Fact]
    public void Text_to_image_image_to_image_and_inpainting_go_together()
    {
        using var leaks = new LeakCheck();
        var given = Plan with { InitImage = Pictures.Gradient(32, 24), Strength = 0.8 };
        AssertAlike(Plan, given, given with { Mask = Pictures.Grey(32, 24, (x, _) => x < 16 ? 0 : 255), Sampler = SamplerCatalog.EulerAncestral });
    }

    [Fact]
    public void Pictures_of_other_lengths_finish_on_their_own()
    {
        using var leaks = new LeakCheck();
        AssertAlike(Plan with { Steps = 2 }, Plan with { Steps = 5, Sampler = SamplerCatalog.UniPc }, Plan with { Steps = 1 });
    }

    [Fact]
    public void More_prompts_than_the_cache_holds_go_together()
    {
        using var leaks = new LeakCheck();
        AssertAlike([.. Enumerable.Range(0, 12).Select(i => Plan with
        {
            Prompt = $"box {i}", Prompt2 = $"box {i}", NegativePrompt = $"not {i}", TrueGuidance = 2, Steps = 1,
        })]);
    }

    [Fact]
    public void Picture_that_drops_out_leaves_the_others_as_they_are()
    {
        using var leaks = new LeakCheck();
        var plans = Enumerable.Range(0, 3).Select(i => Plan with { Seed = new Seed(i), Sampler = SamplerCatalog.UniPc }).ToArray();
        using var pipeline = new FluxPipeline(tiny.Dev);
        var runs = Start(pipeline, plans);
        FluxBatch.Advance(runs);
        runs[1].Dispose();
        FluxRun[] left = [runs[0], runs[2]];

        while (!left[0].IsDone)
            FluxBatch.Advance(left);

        AssertLatents(plans[0], left[0]);
        AssertLatents(plans[2], left[1]);
        Array.ForEach(left, r => r.Dispose());
    }

    [Fact]
    public void Picture_joins_others_on_their_way()
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var first = pipeline.Start(Plan);
        FluxBatch.Advance([first]);
        using var second = pipeline.Start(Plan with { Seed = new Seed(8) });

        while (!first.IsDone)
            FluxBatch.Advance([second, first]);
        Assert.Equal(3, second.StepsDone);
        FluxBatch.Advance([second]);

        AssertLatents(Plan, first);
        AssertLatents(Plan with { Seed = new Seed(8) }, second);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Picture_saved_in_a_batch_continues_alone_and_the_other_way_round(bool savedTogether)
    {
        using var leaks = new LeakCheck();
        var plan = Plan with { Sampler = SamplerCatalog.EulerAncestral };
        var other = plan with { Seed = new Seed(8) };
        using var pipeline = new FluxPipeline(tiny.Dev);
        byte[] saved;
        using (var run = pipeline.Start(plan))
        using (var beside = pipeline.Start(other))
        {
            for (int i = 0; i < 2; i++)
                FluxBatch.Advance(savedTogether ? [run, beside] : [run]);
            saved = run.Save();
        }

        var runs = pipeline.StartBatch([new RunStart(plan) { ResumeFrom = saved }, new RunStart(other)]);
        while (!runs[0].IsDone)
            FluxBatch.Advance(savedTogether ? [runs[0]] : runs);

        AssertLatents(plan, runs[0]);
        foreach (var run in runs)
            run.Dispose();
    }

    [Fact]
    public void Pictures_that_differ_in_size_text_or_passes_are_refused_with_both_shapes()
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var run = pipeline.Start(Plan);
        foreach (var (plan, part) in new[]
        {
            (Plan with { Size = new ImageSize(32, 32) }, "got 32x32 with 16 text tokens."),
            (Plan with { TextLength = 20 }, "got 32x24 with 20 text tokens."),
            (Plan with { TrueGuidance = 2, NegativePrompt = "" }, "got 32x24 with 16 text tokens and true guidance."),
        })
        {
            using var other = pipeline.Start(plan);
            string message = Refusal.Of("batch_mismatch", () => FluxBatch.Advance([run, other]));
            Assert.Contains("expected 32x24 with 16 text tokens, ", message);
            Assert.Contains(part, message);
        }
        Assert.Equal(0, run.StepsDone);
    }

    [Fact]
    public void Steps_of_nothing_and_of_what_is_done_are_defects()
    {
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var run = pipeline.Start(Plan with { Steps = 1 });
        FluxBatch.Advance([run]);

        Refusal.Of("batch_mismatch", ErrorKind.Bug, () => FluxBatch.Advance([]));
        Refusal.Of("batch_mismatch", ErrorKind.Bug, () => FluxBatch.Advance([run]));
        run.Dispose();
        Assert.Throws<ObjectDisposedException>(() => FluxBatch.Advance([run]));
        Assert.Throws<ObjectDisposedException>(run.Save);
    }

    [Fact]
    public void Batch_of_which_one_cannot_start_leaves_nothing()
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);

        Refusal.Of("unknown_sampler", () => Start(pipeline, Plan, Plan with { Sampler = "magic" }));
        Refusal.Of("checkpoint_mismatch", () => pipeline.StartBatch([new RunStart(Plan), new RunStart(Plan) { ResumeFrom = [1, 2, 3] }]));
    }

    private void AssertAlike(params DenoisePlan[] plans)
    {
        using var pipeline = new FluxPipeline(tiny.Dev);
        var runs = Start(pipeline, plans);
        while (runs.Any(r => !r.IsDone))
            FluxBatch.Advance([.. runs.Where(r => !r.IsDone)]);
        for (int i = 0; i < plans.Length; i++)
        {
            AssertLatents(plans[i], runs[i]);
            runs[i].Dispose();
        }
    }

    private void AssertLatents(DenoisePlan plan, FluxRun run)
    {
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var alone = pipeline.Start(plan);
        Assert.Equal(alone.Steps, alone.Denoise(TestContext.Current.CancellationToken).Count());
        float[] expected = alone.Latents.data<float>().ToArray(), actual = run.Latents.data<float>().ToArray();
        float apart = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(apart <= Tolerance, $"latents differ by {apart:E1}");
        Assert.Equal(alone.ToImage().Pixels, run.ToImage().Pixels, (a, b) => Math.Abs(a - b) <= 1);
    }

    private static IReadOnlyList<FluxRun> Start(FluxPipeline pipeline, params DenoisePlan[] plans) => pipeline.StartBatch([.. plans.Select(p => new RunStart(p))]);
}
