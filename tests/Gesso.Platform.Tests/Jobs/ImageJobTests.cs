using Gesso.Contracts.Images;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;

namespace Gesso.Platform.Tests.Jobs;

public sealed class ImageJobTests
{
    private static readonly ImageJob Job = new() { Model = "schnell", Prompt = "a red apple", Seed = 1, Size = new ImageSize(512, 512), Steps = 4 };

    [Fact]
    public void Jobs_that_differ_in_words_and_seed_only_share_a_shape() =>
        Assert.Equal(Job.ShapeKey, (Job with { Prompt = "a blue pear", Seed = 9, Format = PictureFormat.Webp, Quality = 50 }).ShapeKey);

    [Fact]
    public void Whatever_changes_the_tensors_changes_the_shape()
    {
        ImageJob[] jobs =
        [
            Job,
            Job with { Model = "dev" },
            Job with { Size = new ImageSize(512, 256) },
            Job with { Steps = 5 },
            Job with { TrueGuidance = 2 },
            Job with { Count = 2 },
            Job with { TextLength = 128 },
            Job with { Sampler = "heun" },
            Job with { InitImage = AssetKey.Of([1]) },
            Job with { InitImage = AssetKey.Of([1]), Strength = 0.5 },
            Job with { InitImage = AssetKey.Of([1]), Strength = 0.5, Mask = AssetKey.Of([2]) },
            Job with { ControlImage = AssetKey.Of([1]) },
            Job with { Adapters = [new AdapterUse("style", 1)] },
            Job with { Adapters = [new AdapterUse("style", 0.5)] },
        ];

        Assert.Equal(jobs.Length, jobs.Select(j => j.ShapeKey).Distinct().Count());
    }

    [Fact]
    public void Adapters_are_part_of_what_must_be_in_memory()
    {
        Assert.Equal("schnell", Job.AffinityKey);
        Assert.Equal("schnell+style:0.5+line:1", (Job with { Adapters = [new AdapterUse("style", 0.5), new AdapterUse("line", 1)] }).AffinityKey);
    }
}
