using Gesso.Contracts.Images;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Samplers;
using Gesso.Diffusion.Schedules;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Pipelines;

/// <summary>Image-to-image and inpainting.</summary>
public sealed class GivenPictureTests(TinyPipeline tiny) : IClassFixture<TinyPipeline>
{
    private static readonly RasterImage Picture = Pictures.Gradient(32, 24);
    private static readonly DenoisePlan Plan = TinyPipeline.Plan with { InitImage = Picture };

    public static TheoryData<string> Samplers => [.. SamplerCatalog.Names];

    [Fact]
    public void Full_strength_starts_from_the_noise_of_text_to_image()
    {
        using var leaks = new LeakCheck();
        // BFL takes the posterior's mean, so both draw the same noise
        var text = TinyPipeline.Plan with { Parity = ParityMode.Bfl };

        Assert.Equal(TinyPipeline.Start(tiny.Dev, text), TinyPipeline.Start(tiny.Dev, text with { InitImage = Picture, Strength = 1 }));
        Assert.Equal(TinyPipeline.Latents(tiny.Dev, text), TinyPipeline.Latents(tiny.Dev, text with { InitImage = Picture, Strength = 1 }));
    }

    [Fact]
    public void In_diffusers_the_posterior_sample_is_drawn_before_the_noise()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var noise = new NoiseSource(Plan.Seed, ParityMode.Diffusers);
        long[] grid = [1, tiny.Dev.AutoEncoderConfig.LatentChannels, 24 / tiny.Dev.AutoEncoderConfig.Downscale, 32 / tiny.Dev.AutoEncoderConfig.Downscale];
        using (mode())
        {
            var autoEncoder = tiny.Dev.AutoEncoder.Use();
            var (mean, deviation) = autoEncoder.Encode(Pixels.ToTensor(Picture));
            var sample = PackedLatent.Pack(autoEncoder.ToModel(mean + deviation * noise.Draw(grid)));
            var drawn = PackedLatent.Pack(noise.Draw(grid));
            float sigma = FlowSchedule.Create(Plan.Steps, tiny.Dev.Shift.Mu(12, 4)).From(0.5).Sigmas[0];
            float[] expected = (drawn * sigma + sample * (1 - sigma)).data<float>().ToArray();

            Assert.Equal(expected, TinyPipeline.Start(tiny.Dev, Plan with { Strength = 0.5 }), (a, b) => Math.Abs(a - b) < 1e-5);
        }
        noise.Dispose();

        static IDisposable mode() => inference_mode();
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(0.5, 2)]
    [InlineData(0.3, 2)]
    [InlineData(0.01, 1)]
    public void Strength_is_the_share_of_steps_that_are_run(double strength, int steps)
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var run = pipeline.Start(Plan with { Strength = strength });

        Assert.Equal(steps, run.Steps);
        Assert.Equal(steps, run.Denoise(TestContext.Current.CancellationToken).Count());
    }

    [Fact]
    public void Comfy_runs_all_steps_on_the_end_of_a_longer_schedule()
    {
        var recorded = TinyPipeline.Record(tiny.Dev, Plan with { Parity = ParityMode.Comfy, Strength = 0.5 });

        Assert.Equal(FlowSchedule.Create(8, 1.15).Sigmas.Skip(4), recorded["timesteps"]);
    }

    [Theory]
    [InlineData(ParityMode.Diffusers)]
    [InlineData(ParityMode.Comfy)]
    public void The_smallest_strength_is_no_endless_schedule(ParityMode parity)
    {
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var run = pipeline.Start(Plan with { Parity = parity, Strength = 1e-12 });

        Assert.InRange(run.Steps, 1, 4);
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Kept_latents_are_those_of_the_picture_to_the_last_bit(string sampler)
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        // left half black, which is kept; cells are whole pixels of the mask here
        var mask = Pictures.Grey(32, 24, (x, _) => x < 16 ? 0 : 255);
        var plan = Plan with { Mask = mask, Strength = 0.8, Parity = ParityMode.Bfl, Sampler = sampler };
        float[] picture = Encoded(plan);

        float[] end = TinyPipeline.Latents(tiny.Dev, plan);

        var (kept, redrawn) = Split(end, picture);
        Assert.All(kept, pair => Assert.Equal(pair.Picture, pair.End));
        Assert.Contains(redrawn, pair => Math.Abs(pair.Picture - pair.End) > 0.01);
    }

    [Fact]
    public void A_white_mask_is_image_to_image()
    {
        float[] masked = TinyPipeline.Latents(tiny.Dev, Plan with { Strength = 0.8, Mask = Pictures.Grey(32, 24, (_, _) => 255) });

        Assert.Equal(TinyPipeline.Latents(tiny.Dev, Plan with { Strength = 0.8 }), masked);
    }

    [Fact]
    public void A_black_mask_gives_the_picture_back()
    {
        var plan = Plan with { Strength = 0.8, Parity = ParityMode.Bfl, Mask = Pictures.Grey(32, 24, (_, _) => 0) };

        Assert.Equal(Encoded(plan), TinyPipeline.Latents(tiny.Dev, plan));
    }

    private float[] Encoded(DenoisePlan plan)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var autoEncoder = tiny.Dev.AutoEncoder.Use();
        return PackedLatent.Pack(autoEncoder.ToModel(autoEncoder.Encode(Pixels.ToTensor(plan.InitImage!)).mean)).data<float>().ToArray();
    }

    /// <summary>Values left and right of the middle column of tokens.</summary>
    private (List<(float Picture, float End)> Left, List<(float Picture, float End)> Right) Split(float[] end, float[] picture)
    {
        int columns = 32 / tiny.Dev.PixelStep, channels = end.Length / (columns * (24 / tiny.Dev.PixelStep));
        var pairs = picture.Zip(end).Select((pair, i) => (pair.First, pair.Second, Left: i / channels % columns < columns / 2)).ToList();
        return ([.. pairs.Where(p => p.Left).Select(p => (p.First, p.Second))], [.. pairs.Where(p => !p.Left).Select(p => (p.First, p.Second))]);
    }
}
