using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Testing;
using Gesso.Training.Datasets;
using Gesso.Training.Widening;

namespace Gesso.Training.Tests.Widening;

public sealed class StyleWideningTests(TinyTraining tiny) : IClassFixture<TinyTraining>
{
    private static readonly WideningPlan Two = new() { Captions = ["pear in tok style", "taxi in tok style"], Drawings = 2, Repeats = 3 };

    [Fact]
    public void What_the_base_draws_lies_there_in_the_styles_colours_with_captions()
    {
        var plan = Plan("colours");
        tiny.LoadAll();
        using var leaks = new LeakCheck();
        StyleWidening widening = new(tiny.Model, plan, Two);

        var steps = widening.Run(MeasuredPicture.In(plan.Pictures), TestContext.Current.CancellationToken).ToList();

        Assert.Equal([1, 2, 3, 4], steps.Select(s => s.Done));
        Assert.All(steps, s => Assert.True(s.Computed));
        string[] pictures = [.. TrainingPicture.FilesIn(widening.Folder)];
        Assert.Equal(4, pictures.Length);
        Assert.Equal("taxi in tok style", File.ReadAllText(Path.ChangeExtension(pictures[1], ".txt")));
        RasterImage Read(string file) => Resampler.ToRgb(ImageFiles.Read(file));
        var style = FlatStyle.Of([.. TrainingPicture.FilesIn(plan.Pictures[0].Path).Select(Read)])!;
        Assert.All(pictures, p => Assert.Equal(style.Redraw(Read(Path.Combine(widening.Folder, "drawn", Path.GetFileName(p)))).Pixels, Read(p).Pixels));
    }

    [Fact]
    public void The_same_run_draws_nothing_twice_and_another_draws_anew()
    {
        var plan = Plan("again");
        var pictures = MeasuredPicture.In(plan.Pictures);
        var first = new StyleWidening(tiny.Model, plan, Two);
        // stopped after the first batch would have been the same: files that are there stay
        _ = first.Run(pictures, TestContext.Current.CancellationToken).ToList();
        string one = Path.Combine(first.Folder, "0000.png");
        byte[] drawn = File.ReadAllBytes(one);
        File.Delete(one);

        var again = first.Run(pictures, TestContext.Current.CancellationToken).ToList();
        Assert.Equal([true, false, false, false], again.Select(s => s.Computed));
        Assert.Equal(drawn, File.ReadAllBytes(one));

        var other = new StyleWidening(tiny.Model, plan with { Seed = new Seed(7) }, Two).Run(pictures, TestContext.Current.CancellationToken).ToList();
        Assert.All(other, s => Assert.True(s.Computed));
    }

    [Fact]
    public void Redrawn_pictures_are_trained_on_and_nothing_else()
    {
        var plan = Plan("trained") with { Validation = Plan("trained").Validation with { HoldOut = 0.5, FewestPictures = 2 } };
        StyleWidening widening = new(tiny.Model, plan, Two);
        _ = widening.Run(MeasuredPicture.In(plan.Pictures), TestContext.Current.CancellationToken).ToList();

        TrainingData data = new(widening.Widened, tiny.Model);

        Assert.Equal([(3, false), (1, true)], widening.Widened.Pictures.Select(p => (p.Repeats, p.Flip)));
        Assert.All(data.HeldOut, p => Assert.False(p.Picture.Folder.Made));
        Assert.Equal((2, 4), (data.Trained.Count(p => p.Picture.Folder.IsGiven), data.Trained.Count(p => p.Picture.Folder.Made)));
    }

    private TrainingPlan Plan(string name)
    {
        string folder = tiny.At($"flat-{name}");
        Directory.CreateDirectory(folder);
        for (int i = 0; i < 4; i++)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{i}.png"), ImageFiles.EncodePng(FlatArt.Square(i % 2 == 0 ? FlatArt.Red : FlatArt.Teal, side: 40 + i)));
            File.WriteAllText(Path.Combine(folder, $"{i}.txt"), $"thing {i} in tok style");
        }
        var plan = tiny.Plan($"widened-{name}");
        return plan with
        {
            Pictures = [new PictureFolder { Path = folder }],
            Validation = plan.Validation with
            {
                Drawing = TinyTraining.Drawing,
            },
        };
    }
}
