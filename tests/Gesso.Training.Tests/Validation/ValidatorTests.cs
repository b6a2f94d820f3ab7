using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Samplers;
using Gesso.Testing;
using Gesso.Training.Adapters;
using Gesso.Training.Datasets;
using Gesso.Training.Kohya;
using Gesso.Training.Losses;
using Gesso.Training.Steps;
using Gesso.Training.Validation;
using static TorchSharp.torch;

namespace Gesso.Training.Tests.Validation;

public sealed class ValidatorTests : IDisposable
{
    private readonly TinyTraining _tiny = new();

    public ValidatorTests()
    {
        for (int i = 4; i < 14; i++)
            TinyTraining.Draw(Path.Combine(_tiny.Pictures, $"{i:D2}.png"), new ImageSize(40, 40), i);
    }

    private static DenoisePlan Drawing { get; } = TinyTraining.Drawing with { Guidance = 3.5, Seed = new Seed(0) };

    [Fact]
    public void Held_out_pictures_are_never_trained_on()
    {
        var data = new TrainingData(Plan("held"), _tiny.Model);

        Assert.Equal(2, data.HeldOut.Count);
        Assert.Equal(12, data.Trained.Count);
        Assert.Empty(data.HeldOut.Select(p => p.Picture.Path).Intersect(data.Trained.Select(p => p.Picture.Path)));
    }

    [Fact]
    public void Pictures_of_several_sizes_are_held_out_at_all_of_them()
    {
        var folder = new PictureFolder { Path = _tiny.Pictures };
        var data = new TrainingData(Plan("sizes") with { Pictures = [folder, folder with { Resolution = new ImageSize(48, 48) }] }, _tiny.Model);

        Assert.Equal((4, 24), (data.HeldOut.Count, data.Trained.Count));
        Assert.Empty(data.HeldOut.Select(p => p.Picture.Path).Intersect(data.Trained.Select(p => p.Picture.Path)));
        Assert.Contains(data.Trained, p => p.Fit.Bucket == new ImageSize(48, 48));
        Assert.Contains(data.Trained, p => p.Fit.Bucket == new ImageSize(32, 32));
    }

    [Fact]
    public void Few_pictures_are_all_trained_on() =>
        Assert.Empty(new TrainingData(Plan("few") with { Validation = new ValidationPlan { FewestPictures = 15 } }, _tiny.Model).HeldOut);

    [Fact]
    public void Validation_is_the_same_each_time_and_paired_against_the_base()
    {
        // complaint 15 of lora.md §7: noisy, or at whatever timestep chance gave
        _tiny.LoadAll();
        using var leaks = new LeakCheck();
        var plan = Plan("paired");
        var data = new TrainingData(plan, _tiny.Model);
        var layers = _tiny.Model.Transformer.Layers;
        using var network = new LoraNetwork(layers, LoraNetwork.Select(layers, plan.Modules, 2), default, CPU);
        network.Initialise(new Randomness(plan.Seed));
        using var step = new FluxTrainingStep(_tiny.Model.Transformer.Use(), network, _tiny.Model.Target, new FlowLoss());
        using var validator = new Validator(plan, _tiny.Model, network, step, data);

        var fresh = validator.Measure(0, []);
        var again = validator.Measure(1, []);

        // nothing is learnt yet: exactly the base, at every level
        Assert.Equal((1, 1, 1, 1), (fresh.HeldOut!.Ratio, fresh.HeldOut.Low, fresh.HeldOut.Middle, fresh.HeldOut.High));
        Assert.Equal(new Interval(0, 0), fresh.HeldOutInterval);
        Assert.Equal(1, fresh.Forgetting!.Ratio);
        Assert.Equal(fresh with { Step = 1, Copies = again.Copies }, again);

        using (no_grad())
        {
            using var values = tensor(RandomValues.Normal(5, network.Parameters.Count, 0.2));
            network.Parameters.Values.copy_(values);
        }
        var spoilt = validator.Measure(2, []);
        double difference = spoilt.HeldOut!.Loss - spoilt.HeldOut.Base;
        Assert.NotEqual(0, difference);
        Assert.Equal(fresh.HeldOut.Base, spoilt.HeldOut.Base);
        Assert.InRange(difference, spoilt.HeldOutInterval!.Value.From - 1e-9, spoilt.HeldOutInterval.Value.To + 1e-9);
        Assert.NotEqual(1, spoilt.Forgetting!.Ratio);
        double lost = Math.Max(0, spoilt.Forgetting.Loss - spoilt.Forgetting.Base);
        Assert.Equal((spoilt.HeldOut.Loss + 0.25 * lost) / spoilt.HeldOut.Base, spoilt.Score, 1e-12);
    }

    [Fact]
    public void Watching_a_run_does_not_change_its_course()
    {
        float[] Weights(TrainingPlan plan)
        {
            using var trainer = new LoraTrainer(_tiny.Model, plan);
            foreach (var _ in trainer.Run(TestContext.Current.CancellationToken))
            {
            }
            return trainer.DeployedWeights();
        }

        Assert.Equal(Weights(Plan("unwatched") with { Validation = Plan("x").Validation with { Every = -1 } }), Weights(Plan("watched")));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    public void A_validation_that_was_broken_off_is_made_first_when_the_run_goes_on(int stop)
    {
        using var leaks = new LeakCheck();
        TrainingPlan Watched(string name) => Plan(name) with { Validation = Plan("x").Validation with { Every = 2 }, Steps = 6, Resume = true };
        (double[] Scores, int? Best, float[] Weights) Outcome(LoraTrainer trainer) =>
            ([.. trainer.Validations.Select(v => v.Score)], AdapterExport.StepOf(trainer.BestAdapter), trainer.DeployedWeights());
        (double[] Scores, int? Best, float[] Weights) whole;
        using (var uninterrupted = new LoraTrainer(_tiny.Model, Watched("whole")))
        {
            _ = uninterrupted.Run(TestContext.Current.CancellationToken).Count();
            whole = Outcome(uninterrupted);
        }
        var plan = Watched($"broken-{stop}");
        using (var cancel = new CancellationTokenSource())
        using (var broken = new LoraTrainer(_tiny.Model, plan, new EndingClock(2 * stop, cancel)))
            Assert.Throws<OperationCanceledException>(() => _ = broken.Run(cancel.Token).Count());
        using var resumed = new LoraTrainer(_tiny.Model, plan);
        Assert.Equal((stop, stop - 2), (resumed.StepsDone, resumed.Validations[^1].Step));

        Assert.Equal(6 - stop, resumed.Run(TestContext.Current.CancellationToken).Count());

        Assert.Equal([0, 2, 4, 6], resumed.Validations.Select(v => v.Step));
        var outcome = Outcome(resumed);
        Assert.Equal(whole.Scores, outcome.Scores);
        Assert.Equal(whole.Best, outcome.Best);
        Assert.Equal(whole.Weights, outcome.Weights);
        Assert.Equal(6, File.ReadAllLines(Path.Combine(plan.OutputFolder, "lora-log.jsonl")).Length);
    }

    [Fact]
    public void The_best_adapter_is_kept_beside_the_last_and_a_ladder()
    {
        var plan = Plan("kept") with { SaveEvery = 1, LadderLength = 3, Steps = 6 };
        using var trainer = new LoraTrainer(_tiny.Model, plan);
        List<TrainingStep> steps = [.. trainer.Run(TestContext.Current.CancellationToken)];

        var best = trainer.Validations.Where(v => v.Step > 0).MinBy(v => v.Score)!;
        string[] files = [.. Directory.EnumerateFiles(plan.OutputFolder, "*.safetensors").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        Assert.Equal(Path.Combine(plan.OutputFolder, "lora-best.safetensors"), trainer.BestAdapter);
        Assert.Equal(best.Step, AdapterExport.StepOf(trainer.BestAdapter));
        Assert.Equal(6, AdapterExport.StepOf(Path.Combine(plan.OutputFolder, "lora.safetensors")));
        Assert.Equal(3, files.Count(f => f.Contains("-step", StringComparison.Ordinal)));
        Assert.Contains("lora-step00000001.safetensors", files);
        Assert.Contains("lora-step00000005.safetensors", files);
        Assert.Equal([0, 2, 4, 6], trainer.Validations.Select(v => v.Step));
        Assert.Single(steps[^1].Previews);
        Assert.True(File.Exists(Path.Combine(plan.OutputFolder, "samples", "lora-00000006-01.png")));
    }

    [Fact]
    public void Previews_are_what_the_production_pipeline_draws()
    {
        // complaint 10 of lora.md §7
        var plan = Plan("previews");
        using var trainer = new LoraTrainer(_tiny.Model, plan);
        var last = trainer.Run(TestContext.Current.CancellationToken).Last();
        using var pipeline = new FluxPipeline(_tiny.Model);
        using var run = pipeline.Start(Drawing with
        {
            Prompt = "a box",
            Prompt2 = "a box",
            Seed = new Seed(new Randomness(plan.Seed).For("preview", 0) % int.MaxValue),
        });
        foreach (var _ in run.Denoise(TestContext.Current.CancellationToken))
        {
        }

        Assert.Equal(run.ToImage().Pixels, last.Previews[0].Pixels);
    }

    [Fact]
    public void Previews_are_drawn_with_what_kohyas_file_says_of_them()
    {
        File.WriteAllText(_tiny.At("prompts.txt"), "a box --w 80 --h 64 --d 11 --s 3 --g 1.5 --l 2.5 --n a hat\na box\n");
        var plan = Plan("kohya") with { Steps = 2 };
        plan = plan with { Validation = plan.Validation with { PreviewPrompts = KohyaPrompts.Read(_tiny.At("prompts.txt"), []) } };
        using var trainer = new LoraTrainer(_tiny.Model, plan);
        var previews = trainer.Run(TestContext.Current.CancellationToken).Last().Previews;
        using var pipeline = new FluxPipeline(_tiny.Model);
        using var run = pipeline.Start(Drawing with
        {
            Prompt = "a box",
            Prompt2 = "a box",
            NegativePrompt = "a hat",
            Size = new ImageSize(80, 64),
            Seed = new Seed(11),
            Steps = 3,
            Guidance = 1.5,
            TrueGuidance = 2.5,
        });
        foreach (var _ in run.Denoise(TestContext.Current.CancellationToken))
        {
        }

        Assert.Equal([new ImageSize(80, 64), Drawing.Size], previews.Select(p => p.Size));
        Assert.Equal(run.ToImage().Pixels, previews[0].Pixels);
    }

    [Fact]
    public void Prompts_may_be_edited_between_sessions()
    {
        // complaint 14 of lora.md §7
        var plan = Plan("edited") with { Resume = true };
        using (var first = new LoraTrainer(_tiny.Model, plan with { Steps = 2 }))
            Assert.Equal(2, first.Run(TestContext.Current.CancellationToken).Last().Step);
        using var second = new LoraTrainer(_tiny.Model, plan with { Validation = plan.Validation with { PreviewPrompts = [new PreviewPrompt("another"), new PreviewPrompt("and one more")] } });

        Assert.Equal(2, second.Run(TestContext.Current.CancellationToken).Last().Previews.Count);
    }

    [Fact]
    public void A_copied_training_picture_is_found()
    {
        var data = new TrainingData(Plan("copies"), _tiny.Model);
        var detector = new CopyDetector(data.Trained);
        var (picture, fit) = data.Trained[3];
        var copy = picture.Load(fit, flipped: false);

        var (path, likeness) = detector.Nearest(copy);
        Assert.Equal((picture.Path, 1.0), (path, Math.Round(likeness, 6)));
        Assert.True(detector.Nearest(Pictures.Noise(64, 64, 3, 1234)).Likeness < 0.6);
        Assert.True(new NearestPicture(0, path, likeness, 0.3).IsCopy);
        Assert.False(new NearestPicture(0, path, likeness, likeness).IsCopy);
    }

    public void Dispose() => _tiny.Dispose();

    private TrainingPlan Plan(string output) => _tiny.Plan(output) with
    {
        Validation = new ValidationPlan { Every = 2, PreviewPrompts = [new PreviewPrompt("a box")], ForgettingPrompts = ["a thing", "another"], Drawing = Drawing },
    };

    /// <summary>Somebody gives up in the moment in which it is asked for the n-th time: a step asks twice, when it begins and when it is done.</summary>
    private sealed class EndingClock(int ask, CancellationTokenSource end) : TimeProvider
    {
        private int _asked;

        public override long GetTimestamp()
        {
            if (++_asked == ask)
                end.Cancel();
            return base.GetTimestamp();
        }
    }
}
