using Gesso.Contracts.Images;
using Gesso.Testing;
using Gesso.Training.Caches;
using Gesso.Training.Datasets;
using static TorchSharp.torch;

namespace Gesso.Training.Tests.Caches;

public sealed class CacheTests(TinyTraining tiny) : IClassFixture<TinyTraining>
{
    [Fact]
    public void Cached_epochs_never_touch_the_encoders()
    {
        tiny.LoadAll();
        using var leaks = new LeakCheck();
        var plan = tiny.Plan("epochs") with { CacheFolder = tiny.At("cache-epochs"), Captions = new() { ShuffleTags = true, Dropout = 0.3 } };
        var data = new TrainingData(plan, tiny.Model);
        int computed = data.Prepare(TestContext.Current.CancellationToken).Count(s => s.Computed);
        Assert.Equal(4, data.Latents.Encoded);
        Assert.Equal(computed, data.Latents.Encoded + data.Texts.Encoded);
        (int latents, int texts) = (data.Latents.Encoded, data.Texts.Encoded);

        for (long place = 0; place < 10L * data.BatchesPerEpoch; place++)
            data.Batch(place).Dispose();

        Assert.Equal((latents, texts), (data.Latents.Encoded, data.Texts.Encoded));
        // another run on the same pictures finds everything
        var other = new TrainingData(plan, tiny.Model);
        Assert.DoesNotContain(other.Prepare(TestContext.Current.CancellationToken), s => s.Computed);
        Assert.Equal(0, other.Latents.Encoded + other.Texts.Encoded);
    }

    [Fact]
    public void Stale_caches_cannot_happen_when_a_caption_changes()
    {
        using var own = new TinyTraining();
        using var before = States(own);
        File.WriteAllText(Path.Combine(own.Pictures, "0.txt"), "something else");

        using var after = States(own);

        Assert.True((before - after).abs().max().item<float>() > 1e-3);
    }

    [Fact]
    public void Stale_caches_cannot_happen_when_a_picture_changes()
    {
        using var own = new TinyTraining();
        using var before = Latents(own);
        TinyTraining.Draw(Path.Combine(own.Pictures, "0.png"), new ImageSize(40, 40), seed: 99);

        using var after = Latents(own);

        Assert.True((before - after).abs().max().item<float>() > 1e-2);
    }

    [Fact]
    public void Stale_caches_cannot_happen_when_the_resolution_changes()
    {
        using var own = new TinyTraining();
        using var before = Latents(own);
        using var after = Latents(own, own.Plan("x") with { Buckets = own.Plan("x").Buckets with { Resolution = new ImageSize(48, 48) } });

        Assert.NotEqual(before.shape[1], after.shape[1]);
    }

    [Fact]
    public void Latents_that_are_lost_are_made_again_to_the_same_bits()
    {
        using var leaks = new LeakCheck();
        using var own = new TinyTraining();
        using var before = Latents(own);
        Directory.Delete(own.At("cache"), recursive: true);
        using var after = Latents(own);

        Assert.Equal(before.data<float>().ToArray(), after.data<float>().ToArray());
    }

    [Fact]
    public void Damaged_cache_files_are_made_again()
    {
        using var own = new TinyTraining();
        using var before = Latents(own);
        foreach (string file in Directory.EnumerateFiles(own.At("cache"), "*", SearchOption.AllDirectories))
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..20]);

        using var after = Latents(own);

        Assert.Equal(before.data<float>().ToArray(), after.data<float>().ToArray());
    }

    [Fact]
    public void Masked_cells_are_the_mean_of_their_pixels()
    {
        using var leaks = new LeakCheck();
        using var own = new TinyTraining();
        Directory.CreateDirectory(own.At("masks"));
        for (int i = 0; i < 4; i++)
            File.WriteAllBytes(Path.Combine(own.At("masks"), $"{i}.png"), Diffusion.Imaging.ImageFiles.EncodePng(Pictures.Of(40, 40, (x, _) => x < 20 ? (255, 255, 255) : (0, 0, 0))));
        var data = new TrainingData(own.Plan("masks-out") with { Pictures = [new PictureFolder { Path = own.Pictures, Masks = own.At("masks") }] }, own.Model);

        using var batch = data.Batch(0);

        Assert.Equal(batch.Latents.shape, batch.Mask!.shape);
        float[] weights = [.. batch.Mask.data<float>()];
        Assert.InRange(weights.Average(), 0.4, 0.6);
        Assert.Equal(0, weights.Min(), 0.05);
        Assert.Equal(1, weights.Max(), 0.05);
    }

    private static Tensor States(TinyTraining own)
    {
        var data = new TrainingData(own.Plan("x"), own.Model);
        return Kept(data.Texts.Get(data.Trained[0].Picture.Caption), s => s.States);
    }

    private static Tensor Latents(TinyTraining own, TrainingPlan? plan = null)
    {
        var data = new TrainingData(plan ?? own.Plan("x"), own.Model);
        return Kept(data.Latents.Get(data.Trained[0].Picture, data.Trained[0].Fit, flipped: false), e => e.Latents);
    }

    private static Tensor Kept<T>(T owner, Func<T, Tensor> of)
        where T : IDisposable
    {
        using (owner)
            return of(owner).clone();
    }
}
