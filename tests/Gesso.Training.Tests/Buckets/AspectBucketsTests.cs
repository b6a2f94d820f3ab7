using System.Text.Json;
using CsCheck;
using Gesso.Contracts.Images;
using Gesso.Testing;
using Gesso.Training.Buckets;

namespace Gesso.Training.Tests.Buckets;

public sealed class AspectBucketsTests
{
    private static readonly BucketOptions Usual = new() { Resolution = new ImageSize(1024, 1024), Longest = 2048 };

    [Fact]
    public void Buckets_equal_kohyas_number_for_number()
    {
        int compared = 0;
        foreach (var folder in GoldenFolder.All.Where(f => File.Exists(f.Table("buckets.json"))))
        {
            using var table = JsonDocument.Parse(File.ReadAllBytes(folder.Table("buckets.json")));
            foreach (var row in table.RootElement.EnumerateArray())
            {
                ImageSize Size(string name) => new(row.GetProperty(name)[0].GetInt32(), row.GetProperty(name)[1].GetInt32());
                var buckets = new AspectBuckets(new BucketOptions
                {
                    Resolution = Size("resolution"),
                    Shortest = row.GetProperty("min").GetInt32(),
                    Longest = row.GetProperty("max").GetInt32(),
                    Step = row.GetProperty("steps").GetInt32(),
                    NeverEnlarge = row.GetProperty("no_upscale").GetBoolean(),
                }.Validate(16));

                Assert.Equal(new BucketFit(Size("bucket"), Size("resized")), buckets.Fit(Size("image")));
                compared++;
            }
        }
        Assert.NotEqual(0, compared);
    }

    [Fact]
    public void Without_buckets_every_picture_covers_the_resolution() => Gen.Select(Gen.Int[1, 5000], Gen.Int[1, 5000]).Sample((width, height) =>
    {
        var fit = new AspectBuckets(Usual with { Enabled = false }).Fit(new ImageSize(width, height));
        return fit.Bucket == Usual.Resolution && Covers(fit) && (fit.Resized.Width == 1024 || fit.Resized.Height == 1024);
    });

    [Fact]
    public void A_fit_always_covers_a_bucket_of_whole_steps() => Gen.Select(Gen.Int[1, 4000], Gen.Int[1, 4000], Gen.Bool).Sample((width, height, small) =>
    {
        var fit = new AspectBuckets(Usual with { NeverEnlarge = small }).Fit(new ImageSize(width, height));
        return Covers(fit) && fit.Bucket.Width % 64 == 0 && fit.Bucket.Height % 64 == 0 && fit.Bucket is { Width: > 0, Height: > 0 };
    });

    [Theory]
    [InlineData(8, 256, 1024, 1024, "Bucket step")]
    [InlineData(24, 240, 1200, 1024, "Bucket step")]
    [InlineData(64, 250, 1024, 1024, "Shortest")]
    [InlineData(64, 256, 192, 1024, "Longest")]
    [InlineData(64, 256, 960, 1024, "Longest")]
    [InlineData(64, 256, 1024, 1000, "Resolution")]
    public void Options_that_no_model_can_train_are_refused(int step, int shortest, int longest, int side, string names)
    {
        var options = new BucketOptions { Resolution = new ImageSize(side, side), Step = step, Shortest = shortest, Longest = longest };

        Assert.Contains(names, Refusal.Of("out_of_range", () => options.Validate(16)));
    }

    private static bool Covers(BucketFit fit) => fit.Resized.Width >= fit.Bucket.Width && fit.Resized.Height >= fit.Bucket.Height;
}
