using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Schedules;
using Gesso.Testing;
using Gesso.Training.Datasets;
using Gesso.Training.Planning;
using Gesso.Training.Preflight;
using Gesso.Training.Tests.Widening;

namespace Gesso.Training.Tests.Planning;

public sealed class TrainingPlannerTests(TinyTraining tiny) : IClassFixture<TinyTraining>
{
    [Fact]
    public void Four_inputs_suffice_and_every_choice_has_a_reason()
    {
        var planned = Plan(new TrainingOrder { Pictures = [new PictureFolder { Path = tiny.Pictures }], OutputFolder = tiny.At("four"), Trigger = "tok" }, out _);

        Assert.Equal((planned.Plan.Modules.Rank, (double?)planned.Plan.Modules.Rank), (16, planned.Plan.Alpha));
        Assert.Equal("tok", planned.Plan.Name);
        Assert.Equal(0, planned.HeldOut);
        Assert.All(planned.Choices, c => Assert.False(string.IsNullOrEmpty(c.Reason), c.Name));
    }

    [Theory]
    [InlineData(3, null, true)]
    [InlineData(1, null, false)]
    [InlineData(3, 0.1, false)]                                                             // asked for: then it is what kohya does
    public void The_pass_without_a_prompt_stays_the_base_where_guidance_draws_with_it(double trueGuidance, double? dropout, bool kept)
    {
        var planned = Plan(
            new TrainingOrder { Pictures = [new PictureFolder { Path = tiny.Pictures }], OutputFolder = tiny.At("unprompted"), Trigger = "tok", CaptionDropout = dropout },
            out _, drawing: TinyTraining.Drawing with { TrueGuidance = trueGuidance });

        Assert.Equal(kept, planned.Plan.KeepsUnprompted);
        Assert.Equal(dropout ?? (kept ? 0.15 : 0.05), planned.Plan.Captions.Dropout);
    }

    [Fact]
    public void Repeats_epochs_and_steps_add_up()
    {
        var folder = new PictureFolder { Path = tiny.Pictures, Repeats = 3 };
        var planned = Plan(new TrainingOrder { Pictures = [folder], OutputFolder = tiny.At("sums"), Epochs = 5, BatchSize = 2, Accumulation = 2, SaveEvery = 1, SavesByEpoch = true }, out _);

        // three square pictures and one wide one, three times: 9 / 2 → 5 and 3 / 2 → 2 batches, two of which make a step
        Assert.Equal(3.5, planned.StepsPerEpoch);
        Assert.Equal(18, planned.Plan.Steps);
        Assert.Equal(4, planned.Plan.SaveInterval);
    }

    [Fact]
    public void Pictures_without_captions_and_trigger_are_a_problem_before_anything_is_loaded()
    {
        using var bare = new TestFolder();
        bare.Add("a.png", ImageFiles.EncodePng(Pictures.Noise(40, 40, 3, 1)));
        TrainingOrder order = new() { Pictures = [new PictureFolder { Path = bare.Path }], OutputFolder = tiny.At("bare") };

        _ = Plan(order, out var nothing);
        _ = Plan(order with { Trigger = "brand" }, out var trigger);

        Assert.True(nothing.HasProblems);
        Assert.False(trigger.HasProblems);
        Assert.Contains(trigger.Findings, f => f.Kind == FindingKind.Warning && f.Text.Contains("\"brand\" alone", StringComparison.Ordinal));
    }

    [Fact]
    public void Japanese_captions_are_read_and_a_long_one_is_named()
    {
        using var folder = new TestFolder();
        for (int i = 0; i < 2; i++)
            folder.Add($"{i}.png", ImageFiles.EncodePng(Pictures.Noise(40, 40, 3, i)));
        folder.Add("0.txt", "赤いりんご"u8);
        folder.Add("1.txt", System.Text.Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Repeat("りんご", 200))));

        _ = Plan(new TrainingOrder { Pictures = [new PictureFolder { Path = folder.Path }], OutputFolder = tiny.At("japanese"), Trigger = "brand", TextLength = 16 }, out var report);

        var longer = Assert.Single(report.Findings, f => f.Text.Contains("tokens that are read", StringComparison.Ordinal));
        Assert.Equal(["1.png"], longer.Files);
        Assert.Contains(report.Findings, f => f.Text.Contains("2 captions lack the trigger", StringComparison.Ordinal));
    }

    [Fact]
    public void Too_little_memory_is_told_before_loading()
    {
        _ = Plan(new TrainingOrder { Pictures = [new PictureFolder { Path = tiny.Pictures }], OutputFolder = tiny.At("memory"), Trigger = "tok" }, out var report, freeMemory: 1000);

        Assert.Contains(report.Findings, f => f.Kind == FindingKind.Problem && f.Text.Contains("of memory are needed", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_kept_of_a_class_needs_a_trigger()
    {
        var error = Assert.Throws<GessoException>(() => Plan(
            new TrainingOrder { Pictures = [new PictureFolder { Path = tiny.Pictures }], OutputFolder = tiny.At("class"), PreservedClass = "dog" }, out _));

        Assert.Equal("no_trigger", error.Code);
    }

    [Fact]
    public void A_flat_style_is_also_learnt_on_other_things_where_they_are_known()
    {
        using var flat = new TestFolder();
        for (int i = 0; i < 4; i++)
        {
            flat.Add($"{i}.png", ImageFiles.EncodePng(FlatArt.Square(i < 2 ? FlatArt.Red : FlatArt.Teal, side: 40 + i)));
            flat.Add($"{i}.txt", System.Text.Encoding.UTF8.GetBytes($"{new[] { "bell", "cup", "hat", "key" }[i]} in tok style"));
        }
        TrainingOrder order = new() { Pictures = [new PictureFolder { Path = flat.Path }], OutputFolder = tiny.At("widened"), Trigger = "tok", Things = ["bell", "pear", "taxi", "owl", "bus"] };

        var widened = Plan(order, out _);

        Assert.Equal(["pear in tok style", "taxi in tok style", "owl in tok style", "bus in tok style"], widened.Widening?.Captions);
        Assert.Equal((5, 2), (widened.Widening?.Drawings, widened.Widening?.Repeats));
        Assert.Contains(widened.Choices, c => c.Name == "other things" && c.Value == "4");
        Assert.Null(Plan(order with { Things = [] }, out _).Widening);
        Assert.Null(Plan(order with { Trigger = null }, out _).Widening);
        Assert.Null(Plan(order with { Pictures = [new PictureFolder { Path = tiny.Pictures }] }, out _).Widening);
    }

    /// <summary>Guidance would multiply all of the style, and things would be drawn to pieces.</summary>
    [Fact]
    public void A_style_that_is_learnt_on_other_things_is_also_learnt_without_a_prompt()
    {
        using var flat = new TestFolder();
        flat.Add("0.png", ImageFiles.EncodePng(FlatArt.Square(FlatArt.Red)));
        flat.Add("0.txt", "bell in tok style"u8.ToArray());

        var planned = Plan(
            new TrainingOrder { Pictures = [new PictureFolder { Path = flat.Path }], OutputFolder = tiny.At("guided"), Trigger = "tok", Things = ["pear"] },
            out _, drawing: TinyTraining.Drawing with { TrueGuidance = 3 });

        Assert.NotNull(planned.Widening);
        Assert.False(planned.Plan.KeepsUnprompted);
        Assert.Equal(0.15, planned.Plan.Captions.Dropout);
    }

    [Fact]
    public void A_style_with_lines_round_things_is_learnt_from_its_pictures_alone()
    {
        using var lined = new TestFolder();
        for (int i = 0; i < 2; i++)
        {
            lined.Add($"{i}.png", ImageFiles.EncodePng(FlatArt.Square(i == 0 ? FlatArt.Red : FlatArt.Teal, line: 3)));
            lined.Add($"{i}.txt", System.Text.Encoding.UTF8.GetBytes($"{(i == 0 ? "bell" : "cup")} in tok style"));
        }

        var planned = Plan(new TrainingOrder { Pictures = [new PictureFolder { Path = lined.Path }], OutputFolder = tiny.At("lined"), Trigger = "tok", Things = ["pear"] }, out _);

        Assert.Null(planned.Widening);
        Assert.Contains(planned.Choices, c => c.Name == "other things" && c.Reason!.Contains("lines", StringComparison.Ordinal));
    }

    private PlannedTraining Plan(TrainingOrder order, out PreflightReport report, long? freeMemory = null, DenoisePlan? drawing = null)
    {
        var survey = PictureSurvey.Take(order.Pictures);
        var planned = new TrainingPlanner(tiny.Model, tiny.Card).Plan(order, survey, drawing ?? TinyTraining.Drawing);
        report = PreflightReport.Of(planned, survey, tiny.Model, Effort.Of(planned.Plan, tiny.Model), freeMemory);
        return planned;
    }
}
