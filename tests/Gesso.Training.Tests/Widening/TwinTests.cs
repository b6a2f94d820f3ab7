using Gesso.Testing;
using Gesso.Training.Datasets;
using Gesso.Training.Losses;
using static TorchSharp.torch;

namespace Gesso.Training.Tests.Widening;

public sealed class TwinTests(TinyTraining tiny) : IClassFixture<TinyTraining>
{
    [Fact]
    public void On_its_own_path_a_picture_is_aimed_at_as_always()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        Tensor picture = Randomness.Normal(1, 2, 4, 8), noise = Randomness.Normal(2, 2, 4, 8), levels = tensor([0.2f, 0.9f]);

        var target = FlowLoss.Target(picture, FlowLoss.Noised(picture, noise, levels), levels);

        Assert.True(target.allclose(FlowLoss.Target(picture, noise), 1e-4, 1e-5));
    }

    [Fact]
    public void From_its_twin_the_way_leads_to_the_picture()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        Tensor picture = Randomness.Normal(1, 1, 4, 8), twin = Randomness.Normal(2, 1, 4, 8), noise = Randomness.Normal(3, 1, 4, 8), levels = tensor([0.6f]);
        var noised = FlowLoss.Noised(twin, noise, levels);

        var reached = noised - 0.6 * FlowLoss.Target(picture, noised, levels);

        Assert.True(reached.allclose(picture, 1e-4, 1e-5));
    }

    [Fact]
    public void Twins_are_noised_in_place_of_some_of_the_pictures()
    {
        string twins = tiny.At("twins");
        Directory.CreateDirectory(twins);
        foreach (string file in TrainingPicture.FilesIn(tiny.Pictures))
            TinyTraining.Draw(Path.Combine(twins, Path.GetFileName(file)), new(40, 40), seed: 77);
        var plan = tiny.Plan("twins-run") with { BatchSize = 3, Pictures = [new PictureFolder { Path = tiny.Pictures, Twins = twins }] };
        TrainingData data = new(plan, tiny.Model), plain = new(plan with { Pictures = [new PictureFolder { Path = tiny.Pictures }] }, tiny.Model);
        tiny.LoadAll();
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();

        using var batch = data.Batch(0);
        using var other = plain.Batch(0);

        Assert.Null(other.Sources);
        Assert.True(batch.Latents.equal(other.Latents).all().item<bool>());
        Assert.False(batch.Sources!.equal(batch.Latents).all().item<bool>());
        Assert.NotEqual(plain.Fingerprint, data.Fingerprint);
    }
}
