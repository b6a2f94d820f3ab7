using Gesso.Contracts.Images;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Samplers;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Pipelines;

public sealed class FluxPipelineTests(TinyPipeline tiny) : IClassFixture<TinyPipeline>
{
    private static DenoisePlan Plan => TinyPipeline.Plan;

    public static TheoryData<string> Samplers => [.. SamplerCatalog.Names];

    [Theory]
    [MemberData(nameof(Samplers))]
    public void A_run_repeats_itself_and_leaves_nothing(string sampler)
    {
        using var leaks = new LeakCheck();
        var plan = Plan with { Sampler = sampler };

        float[] latents = TinyPipeline.Latents(tiny.Dev, plan);

        Assert.Equal(latents, TinyPipeline.Latents(tiny.Dev, plan));
        Assert.NotEqual(latents, TinyPipeline.Latents(tiny.Dev, plan with { Seed = plan.Seed.Next(1) }));
        Assert.NotEqual(latents, TinyPipeline.Latents(tiny.Dev, plan with { Prompt2 = "a blue box" }));
        Assert.NotEqual(latents, TinyPipeline.Latents(tiny.Dev, plan with { Guidance = 1 }));
        Assert.All(latents, v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void Steps_are_numbered_and_end_at_level_zero()
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var run = pipeline.Start(Plan);

        DenoiseStep[] steps = [.. run.Denoise(TestContext.Current.CancellationToken)];

        Assert.Equal([1, 2, 3, 4], steps.Select(s => s.Index));
        Assert.All(steps, s => Assert.Equal(4, s.Count));
        Assert.Equal(0, steps[^1].Sigma);
        Assert.True(steps.Zip(steps.Skip(1), (a, b) => a.Sigma > b.Sigma).All(falls => falls));
        var picture = run.ToImage();
        Assert.Equal((Plan.Size, 3), (picture.Size, picture.Channels));
        // at level 0 the latents are what the network predicts, up to rounding
        Assert.Equal(run.Latents.data<float>().ToArray(), run.Predicted!.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Cancellation_takes_effect_between_two_steps()
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var run = pipeline.Start(Plan);
        using var cancellation = new CancellationTokenSource();
        int done = 0;

        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var step in run.Denoise(cancellation.Token))
            {
                done = step.Index;
                if (step.Index == 2)
                    cancellation.Cancel();
            }
        });

        Assert.Equal(2, done);
    }

    [Fact]
    public void A_run_abandoned_half_way_leaves_nothing()
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var run = pipeline.Start(Plan with { Sampler = SamplerCatalog.UniPc });
        Assert.Equal(1, run.Denoise(TestContext.Current.CancellationToken).First().Index);
    }

    [Fact]
    public void True_guidance_of_one_is_none()
    {
        using var leaks = new LeakCheck();
        float[] none = TinyPipeline.Latents(tiny.Dev, Plan);

        Assert.Equal(none, TinyPipeline.Latents(tiny.Dev, Plan with { TrueGuidance = 1, NegativePrompt = "a blue box" }));
        Assert.Equal(none, TinyPipeline.Latents(tiny.Dev, Plan with { TrueGuidance = 3, NegativePrompt = null }));
        Assert.NotEqual(none, TinyPipeline.Latents(tiny.Dev, Plan with { TrueGuidance = 3, NegativePrompt = "a blue box" }));
    }

    [Fact]
    public void True_guidance_against_the_prompt_itself_changes_nothing()
    {
        float[] none = TinyPipeline.Latents(tiny.Dev, Plan);

        float[] guided = TinyPipeline.Latents(tiny.Dev, Plan with { TrueGuidance = 2, NegativePrompt = Plan.Prompt });

        Assert.Equal(none, guided, (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void True_guidance_is_negative_plus_scale_times_difference()
    {
        var probe = new Recording();
        TinyPipeline.Latents(tiny.Dev, Plan with { TrueGuidance = 2.5, NegativePrompt = "a blue box", Steps = 1 }, probe);
        float[] x = probe["call.0.x"], positive = probe["call.0.v"], negative = probe["call.1.v"], end = probe["latents.1"];

        // one Euler step from level 1 to 0
        Assert.Equal(x.Select((v, i) => v - (negative[i] + 2.5f * (positive[i] - negative[i]))), end, (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void Many_prompts_with_negatives_do_not_take_states_from_a_run()
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 12; i++)
            {
                var plan = Plan with { Prompt = $"box {i}", Prompt2 = $"box {i}", NegativePrompt = $"not {i}", TrueGuidance = 2, Steps = 1 };
                using var run = pipeline.Start(plan);
                Assert.Single(run.Denoise(TestContext.Current.CancellationToken));
                Assert.Equal(TinyPipeline.Latents(tiny.Dev, plan), run.Latents.data<float>().ToArray());
            }
        }
    }

    [Fact]
    public void A_kept_prompt_gives_the_same_picture_as_a_fresh_one()
    {
        using var pipeline = new FluxPipeline(tiny.Dev);
        float[] Draw()
        {
            using var run = pipeline.Start(Plan);
            Assert.Equal(4, run.Denoise(TestContext.Current.CancellationToken).Count());
            return run.Latents.data<float>().ToArray();
        }

        Assert.Equal(Draw(), Draw());
    }

    [Fact]
    public void Released_encoders_are_let_go_and_loaded_again()
    {
        using var leaks = new LeakCheck();
        using var folder = new TestFolder();
        using var opened = TinyModel.Open(new TinyModel().WriteFolder(folder.At("model")));
        var releasing = new FluxModel
        {
            Fingerprint = opened.Model.Fingerprint,
            AutoEncoderFingerprint = opened.Model.AutoEncoderFingerprint,
            TextFingerprint = opened.Model.TextFingerprint,
            Clip = opened.Model.Clip,
            T5 = opened.Model.T5,
            Transformer = opened.Model.Transformer,
            AutoEncoder = opened.Model.AutoEncoder,
            ClipTokenizer = opened.Model.ClipTokenizer,
            T5Tokenizer = opened.Model.T5Tokenizer,
            TransformerConfig = opened.Model.TransformerConfig,
            AutoEncoderConfig = opened.Model.AutoEncoderConfig,
            Shift = opened.Model.Shift,
            Target = opened.Model.Target,
            ReleaseEncoders = true,
        };

        Assert.Equal(TinyPipeline.Latents(tiny.Dev, Plan), TinyPipeline.Latents(releasing, Plan));
        Assert.False(releasing.Clip.IsLoaded);
        Assert.False(releasing.T5.IsLoaded);
        Assert.True(releasing.Transformer.IsLoaded);
        Assert.Equal(TinyPipeline.Latents(tiny.Dev, Plan), TinyPipeline.Latents(releasing, Plan));
    }

    [Fact]
    public void Given_levels_replace_the_schedule()
    {
        float[] sigmas = [1, 0.6f, 0.2f, 0];
        var probe = new Recording();

        TinyPipeline.Latents(tiny.Dev, Plan with { Sigmas = sigmas }, probe);

        Assert.Equal(sigmas, probe["timesteps"]);
        Assert.Equal([0.6f], probe["call.1.t"]);
        Assert.True(probe.Has("latents.3"));
        Assert.False(probe.Has("latents.4"));
    }

    [Fact]
    public void Two_prompts_go_to_their_own_encoders()
    {
        var both = TinyPipeline.Record(tiny.Dev, Plan with { Prompt = "a", Prompt2 = "b" });

        Assert.Equal(TinyPipeline.Record(tiny.Dev, Plan with { Prompt = "a", Prompt2 = "a" })["pooled_projections"], both["pooled_projections"]);
        Assert.Equal(TinyPipeline.Record(tiny.Dev, Plan with { Prompt = "b", Prompt2 = "b" })["encoder_hidden_states"], both["encoder_hidden_states"]);
    }

    [Fact]
    public void Starting_with_an_unknown_sampler_fails_and_leaves_nothing()
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);

        Refusal.Of("unknown_sampler", () => pipeline.Start(Plan with { Sampler = "magic", InitImage = Pictures.Gradient(32, 24), Mask = Pictures.Grey(32, 24, (_, _) => 255) }));
    }
}
