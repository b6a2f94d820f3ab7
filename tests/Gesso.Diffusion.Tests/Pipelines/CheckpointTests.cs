using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Samplers;
using Gesso.Formats;
using Gesso.Formats.Safetensors;
using Gesso.Testing;

namespace Gesso.Diffusion.Tests.Pipelines;

/// <summary>A run saved between two steps and continued elsewhere draws what it would have drawn.</summary>
public sealed class CheckpointTests(TinyPipeline tiny) : IClassFixture<TinyPipeline>
{
    private static readonly RasterImage Picture = Pictures.Gradient(32, 24);

    private static readonly Dictionary<string, DenoisePlan> Ways = new()
    {
        ["text to image"] = TinyPipeline.Plan,
        ["image to image"] = TinyPipeline.Plan with { InitImage = Picture, Strength = 0.8 },
        ["inpainting"] = TinyPipeline.Plan with { InitImage = Picture, Strength = 0.8, Mask = Pictures.Grey(32, 24, (x, _) => x < 16 ? 0 : 255) },
        ["true guidance"] = TinyPipeline.Plan with { TrueGuidance = 2.5, NegativePrompt = "a blue box" },
        ["BFL"] = TinyPipeline.Plan with { Parity = ParityMode.Bfl, InitImage = Picture, Strength = 0.8 },
        ["ComfyUI"] = TinyPipeline.Plan with { Parity = ParityMode.Comfy, InitImage = Picture, Strength = 0.5 },
        ["one step"] = TinyPipeline.Plan with { Steps = 1 },
        ["given levels"] = TinyPipeline.Plan with { Sigmas = [0.9f, 0.5f, 0.2f, 0] },
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string sampler in SamplerCatalog.Names)
            {
                foreach (string way in Ways.Keys)
                    cases.Add(sampler, way);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Run_continued_after_any_step_ends_at_the_same_bits(string sampler, string way)
    {
        using var leaks = new LeakCheck();
        var plan = Ways[way] with { Sampler = sampler };
        var (expected, picture, saved) = Uninterrupted(plan);

        for (int step = 0; step < saved.Count; step++)
        {
            using var pipeline = new FluxPipeline(tiny.Dev);
            using var run = pipeline.Start(plan, resumeFrom: saved[step]);
            Assert.Equal(step, run.StepsDone);

            int[] indices = [.. run.Denoise(TestContext.Current.CancellationToken).Select(s => s.Index)];

            Assert.Equal(Enumerable.Range(step + 1, saved.Count - 1 - step), indices);
            Assert.Equal(expected, run.Latents.data<float>().ToArray());
            Assert.Equal(picture, run.ToImage().Pixels);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Run_interrupted_after_every_step_ends_at_the_same_bits(string sampler, string way)
    {
        using var leaks = new LeakCheck();
        var plan = Ways[way] with { Sampler = sampler };
        float[] expected = TinyPipeline.Latents(tiny.Dev, plan);

        byte[]? saved = null;
        float[] latents = [];
        for (bool done = false; !done;)
        {
            using var pipeline = new FluxPipeline(tiny.Dev);
            using var run = pipeline.Start(plan, resumeFrom: saved);
            done = !run.Denoise(TestContext.Current.CancellationToken).Any();
            latents = run.Latents.data<float>().ToArray();
            saved = run.Save();
        }

        Assert.Equal(expected, latents);
    }

    [Fact]
    public void Saving_changes_nothing_and_says_the_same_twice()
    {
        using var leaks = new LeakCheck();
        var plan = TinyPipeline.Plan with { Sampler = SamplerCatalog.EulerAncestral };
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var run = pipeline.Start(plan);

        foreach (var _ in run.Denoise(TestContext.Current.CancellationToken))
            Assert.Equal(run.Save(), run.Save());

        Assert.Equal(TinyPipeline.Latents(tiny.Dev, plan), run.Latents.data<float>().ToArray());
    }

    [Fact]
    public void Checkpoint_holds_the_latents_and_no_prompt()
    {
        var plan = TinyPipeline.Plan with { Sampler = SamplerCatalog.UniPc };
        byte[] bytes = Uninterrupted(plan).Saved[2];

        using var file = SafetensorsFile.Read(bytes, "checkpoint");
        Assert.Equal(["latents", "sampler.picture", "sampler.picture_before", "sampler.sample"], file.Tensors.Keys.Order());
        Assert.All(file.Tensors.Values, t => Assert.Equal((StorageType.F32, 12 * 16L), (t.Type, t.Elements)));
        Assert.Equal("2", file.Metadata["step"]);
        Assert.Equal(-1, bytes.AsSpan().IndexOf("red box"u8));
    }

    [Fact]
    public void Checkpoint_of_another_model_is_refused()
    {
        using var leaks = new LeakCheck();
        byte[] saved = Uninterrupted(TinyPipeline.Plan).Saved[1];
        using var pipeline = new FluxPipeline(tiny.Schnell);

        string message = Refusal.Of("checkpoint_mismatch", () => pipeline.Start(TinyPipeline.Plan, resumeFrom: saved));

        Assert.Contains("another model", message);
        Assert.EndsWith("Start the picture over.", message);
    }

    [Fact]
    public void Checkpoint_of_another_plan_is_refused()
    {
        using var leaks = new LeakCheck();
        byte[] saved = Uninterrupted(TinyPipeline.Plan).Saved[1];
        using var pipeline = new FluxPipeline(tiny.Dev);

        string message = Refusal.Of("checkpoint_mismatch", () => pipeline.Start(TinyPipeline.Plan with { Seed = new Seed(8) }, resumeFrom: saved));

        Assert.Contains("another request", message);
    }

    [Fact]
    public void Truncated_checkpoint_is_refused_wherever_it_ends()
    {
        using var leaks = new LeakCheck();
        byte[] saved = Uninterrupted(TinyPipeline.Plan).Saved[2];
        using var pipeline = new FluxPipeline(tiny.Dev);

        for (int length = 0; length < saved.Length; length += 7)
        {
            string message = Refusal.Of("checkpoint_mismatch", () => pipeline.Start(TinyPipeline.Plan, resumeFrom: saved[..length]));
            Assert.StartsWith("The checkpoint is damaged: ", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Checkpoint_with_any_byte_changed_is_refused_or_means_the_same()
    {
        using var leaks = new LeakCheck();
        var plan = TinyPipeline.Plan with { Sampler = SamplerCatalog.Dpmpp2M };
        byte[] saved = Uninterrupted(plan).Saved[2];
        using var pipeline = new FluxPipeline(tiny.Dev);
        int refused = 0;
        for (int at = 0; at < saved.Length; at++)
        {
            byte[] changed = [.. saved];
            changed[at] ^= 1;
            try
            {
                using var run = pipeline.Start(plan, resumeFrom: changed);
                Assert.Equal(saved, run.Save());                                            // a space between two fields of the header
            }
            catch (Contracts.Errors.GessoException e)
            {
                Assert.Equal("checkpoint_mismatch", e.Code);
                refused++;
            }
        }
        Assert.True(refused > saved.Length - 16, $"{saved.Length - refused} of {saved.Length} changes went unseen");
    }

    /// <summary>Whoever forges the sum still meets checks.</summary>
    [Theory]
    [InlineData(5, 1, false, "5 steps")]
    [InlineData(2, 9, false, "9 draws")]
    [InlineData(2, 0, false, "0 draws")]
    [InlineData(2, 1, true, "sampler's tensors")]
    public void Checkpoint_that_no_run_can_have_written_is_refused(int step, int draws, bool history, string part)
    {
        using var leaks = new LeakCheck();
        var plan = TinyPipeline.Plan with { Sampler = history ? SamplerCatalog.UniPc : SamplerCatalog.Euler };
        var forged = RunCheckpoint.Read(Uninterrupted(TinyPipeline.Plan).Saved[2]) with { Plan = PlanFingerprint.Of(plan), Step = step, Draws = draws };
        using var pipeline = new FluxPipeline(tiny.Dev);

        Assert.Contains(part, Refusal.Of("checkpoint_mismatch", () => pipeline.Start(plan, resumeFrom: forged.ToBytes())));
    }

    [Fact]
    public void Checkpoint_with_tensors_of_another_shape_is_refused()
    {
        using var leaks = new LeakCheck();
        var saved = RunCheckpoint.Read(Uninterrupted(TinyPipeline.Plan).Saved[1]);
        var forged = saved with { Tensors = new Dictionary<string, RunCheckpoint.StoredValues> { ["latents"] = new([1, 2], new byte[8]) } };
        using var pipeline = new FluxPipeline(tiny.Dev);

        Assert.Contains("[1, 2]", Refusal.Of("checkpoint_mismatch", () => pipeline.Start(TinyPipeline.Plan, resumeFrom: forged.ToBytes())));
    }

    /// <summary>Final latents, final bytes, and a checkpoint before the first and after each step.</summary>
    private (float[] Latents, byte[] Picture, List<byte[]> Saved) Uninterrupted(DenoisePlan plan)
    {
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var run = pipeline.Start(plan);
        List<byte[]> saved = [run.Save()];
        foreach (var _ in run.Denoise(TestContext.Current.CancellationToken))
            saved.Add(run.Save());
        return (run.Latents.data<float>().ToArray(), run.ToImage().Pixels, saved);
    }
}
