using Gesso.Contracts.Images;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Tests.Pipelines;
using Gesso.Testing;

namespace Gesso.Diffusion.Tests.Latents;

public sealed class LatentPreviewTests(TinyPipeline tiny) : IClassFixture<TinyPipeline>
{
    private static readonly DenoisePlan Plan = TinyPipeline.Plan;

    [Fact]
    public void Before_the_first_step_there_is_nothing_to_see()
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var preview = new LatentPreview(tiny.Dev);
        using var run = pipeline.Start(Plan);

        Assert.Null(preview.Render(run));
    }

    [Fact]
    public void Small_pictures_are_decoded()
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var preview = new LatentPreview(tiny.Dev);
        using var run = pipeline.Start(Plan);
        foreach (var step in run.Denoise(TestContext.Current.CancellationToken))
        {
            var picture = preview.Render(run)!;
            Assert.Equal(Plan.Size, picture.Size);
            using var decoded = run.Decode(run.Predicted!);
            Assert.Equal(Pixels.ToImage(decoded, ParityMode.Diffusers).Pixels, picture.Pixels);
        }
    }

    [Theory]
    [InlineData(264, 256)]
    [InlineData(64, 1032)]
    public void Large_pictures_have_one_pixel_a_cell(int width, int height)
    {
        using var leaks = new LeakCheck();
        using var pipeline = new FluxPipeline(tiny.Dev);
        using var preview = new LatentPreview(tiny.Dev);
        using var run = pipeline.Start(Plan with { Size = new ImageSize(width, height), Steps = 2 });
        foreach (var step in run.Denoise(TestContext.Current.CancellationToken))
        {
            var picture = preview.Render(run)!;
            Assert.Equal(new ImageSize(width / tiny.Dev.AutoEncoderConfig.Downscale, height / tiny.Dev.AutoEncoderConfig.Downscale), picture.Size);
        }
    }

    [Fact]
    public void The_fit_is_much_closer_to_the_decoded_picture_than_grey()
    {
        // colours of a trained autoencoder: the bundled model
        string path = Path.Combine(GoldenFolder.Checkout, "models", "gesso-mini");
        Assert.SkipUnless(Directory.Exists(path), "this checkout has no bundled model");
        using var opened = TinyModel.Open(path);
        int step = opened.Model.PixelStep, side = (256 / step + 1) * step;
        using var pipeline = new FluxPipeline(opened.Model);
        using var preview = new LatentPreview(opened.Model);
        using var run = pipeline.Start(Plan with
        {
            Size = new ImageSize(side, side),
            InitImage = Pictures.Of(side, side, (x, y) => (x < side / 2 ? 220 : 30, y < side / 2 ? 200 : 40, x + y < side ? 30 : 210)),
            Strength = 0.3,
            Steps = 4,
        });
        foreach (var _ in run.Denoise(TestContext.Current.CancellationToken))
        {
        }

        var seen = preview.Render(run)!;
        using var pixels = run.Decode(run.Predicted!);
        using var small = TorchSharp.torch.nn.functional.avg_pool2d(pixels, opened.Model.AutoEncoderConfig.Downscale);
        var decoded = Pixels.ToImage(small, ParityMode.Diffusers);

        Assert.Equal(decoded.Size, seen.Size);
        double fit = decoded.Pixels.Zip(seen.Pixels, (a, b) => Math.Pow(a - b, 2)).Average();
        double mean = decoded.Pixels.Average(p => (double)p), grey = decoded.Pixels.Average(p => Math.Pow(p - mean, 2));
        Assert.True(fit < grey / 3, $"the preview is off by {Math.Sqrt(fit):0.0} levels, grey by {Math.Sqrt(grey):0.0}");
    }
}
