using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Latents;
using Gesso.Formats.Safetensors;
using Gesso.Testing;
using Gesso.Training.Adapters;
using Gesso.Training.Captions;
using Gesso.Training.Datasets;
using Gesso.Training.Optimizers;
using static TorchSharp.torch;

namespace Gesso.Training.Tests;

public sealed class LoraTrainerTests(TinyTraining tiny) : IClassFixture<TinyTraining>
{
    public static TheoryData<OptimizerKind> Optimizers => new(Enum.GetValues<OptimizerKind>());

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void An_interrupted_run_ends_as_the_uninterrupted_one_to_the_bit(OptimizerKind kind)
    {
        tiny.ReleaseEncoders();
        using var leaks = new LeakCheck();
        TrainingPlan Plan(string output) => tiny.Plan(output) with
        {
            Optimizer = new OptimizerPlan { Kind = kind },
            AverageDecay = kind == OptimizerKind.ScheduleFreeAdamW ? null : 0.9,
            BatchSize = 2,
            Accumulation = 2,
            Dropout = new BranchDropout(0.1, 0.1, 0.1),
            Captions = new CaptionRules { ShuffleTags = true, Dropout = 0.2 },
            Pictures = [new PictureFolder { Path = tiny.Pictures, Repeats = 2, Flip = true }],
            Resume = true,
        };
        float[] whole = Train(Plan($"whole-{kind}"));

        for (int stop = 1; stop < 6; stop += 2)
        {
            var plan = Plan($"stopped-{kind}-{stop}");
            using (var interrupted = new LoraTrainer(tiny.Model, plan))
            {
                using var cancel = new CancellationTokenSource();
                Assert.Throws<OperationCanceledException>(() =>
                {
                    foreach (var step in interrupted.Run(cancel.Token))
                    {
                        if (step.Step == stop)
                            cancel.Cancel();
                    }
                });
            }
            using var resumed = new LoraTrainer(tiny.Model, plan);
            Assert.Equal(stop, resumed.StepsDone);
            Assert.Equal(Enumerable.Range(stop + 1, 6 - stop), Pull(resumed).Select(s => s.Step));
            Assert.Equal(whole, resumed.DeployedWeights());
        }
    }

    [Fact]
    public void A_step_is_told_though_the_validation_after_it_is_broken_off()
    {
        var plan = tiny.Plan("told") with { Resume = true, Steps = 4, Validation = tiny.Plan("told").Validation with { Every = 2 } };
        using var cancel = new CancellationTokenSource();
        List<TrainingStep> told = [];
        using (var trainer = new LoraTrainer(tiny.Model, plan, clock: new RingingClock(looks: 4, cancel.Cancel)))    // two looks a step: as it begins and as it ends
        {
            Assert.Throws<OperationCanceledException>(() =>
            {
                foreach (var step in trainer.Run(cancel.Token))
                    told.Add(step);
            });
        }

        Assert.Equal([1, 2], told.Select(s => s.Step));
        Assert.Null(told[1].Validation);
        using var resumed = new LoraTrainer(tiny.Model, plan);
        Assert.Equal(2, resumed.StepsDone);
        Assert.Equal([3, 4], Pull(resumed).Select(s => s.Step));
        Assert.Equal([0, 2, 4], resumed.Validations.Select(v => v.Step));
    }

    [Fact]
    public void A_run_that_is_resumed_twice_does_not_train_more_and_its_epochs_go_forward()
    {
        // complaint 1 of lora.md §7
        var plan = tiny.Plan("twice") with { Resume = true, Steps = 9, SaveEvery = 1 };
        List<TrainingStep> all = [];
        foreach (int until in (int[])[3, 5, 9])
        {
            using var trainer = new LoraTrainer(tiny.Model, plan);
            using var steps = trainer.Run(TestContext.Current.CancellationToken).GetEnumerator();
            while (all.Count < until && steps.MoveNext())
                all.Add(steps.Current);
        }

        Assert.Equal(Enumerable.Range(1, 9), all.Select(s => s.Step));
        Assert.Equal(all.Select(s => s.Epoch).Order(), all.Select(s => s.Epoch));
        using var done = new LoraTrainer(tiny.Model, plan);
        Assert.Empty(Pull(done));
        Assert.Equal(9, File.ReadAllLines(Path.Combine(plan.OutputFolder, "lora-log.jsonl")).Length);
    }

    [Fact]
    public void A_run_that_was_killed_goes_on_from_its_last_saved_state_to_the_same_bits()
    {
        float[] whole = Train(tiny.Plan("unkilled"));
        var plan = tiny.Plan("killed") with { SaveEvery = 2, Resume = true };
        using (var killed = new LoraTrainer(tiny.Model, plan))
        {
            // the fifth step is done and never saved
            foreach (var step in killed.Run(TestContext.Current.CancellationToken))
            {
                if (step.Step == 5)
                    break;
            }
        }

        using var resumed = new LoraTrainer(tiny.Model, plan);

        Assert.Equal(4, resumed.StepsDone);
        Pull(resumed);
        Assert.Equal(whole, resumed.DeployedWeights());
    }

    [Fact]
    public void The_loss_of_one_picture_falls()
    {
        using var own = new TinyTraining();
        foreach (string file in Directory.EnumerateFiles(own.Pictures).Where(f => Path.GetFileName(f)[0] != '0'))
            File.Delete(file);
        using var trainer = new LoraTrainer(own.Model, own.Plan("one") with
        {
            Steps = 120,
            BatchSize = 1,
            Accumulation = 4,
            Modules = new ModuleSelection { Rank = 8 },
            Rate = new LearningRate { Peak = 1e-2 },
        });

        var steps = Pull(trainer);

        Assert.True(steps.TakeLast(30).Average(s => s.Loss) < 0.8 * steps.Take(30).Average(s => s.Loss),
            $"from {steps.Take(30).Average(s => s.Loss):F3} to {steps.TakeLast(30).Average(s => s.Loss):F3}");
    }

    [Fact]
    public void Equal_plans_train_equal_weights_and_other_seeds_others()
    {
        float[] first = Train(tiny.Plan("same-1"));

        Assert.Equal(first, Train(tiny.Plan("same-2")));
        Assert.NotEqual(first, Train(tiny.Plan("other") with { Seed = new Contracts.Images.Seed(43) }));
    }

    [Fact]
    public void Bad_steps_are_left_out_and_halve_the_rate()
    {
        using var trainer = new LoraTrainer(tiny.Model, tiny.Plan("bad") with { Rate = new LearningRate { Peak = 1e-3 } });
        List<TrainingStep> steps = [];
        foreach (var step in trainer.Run(TestContext.Current.CancellationToken))
        {
            steps.Add(step);
            // the third step meets a gradient that is not finite, and only that one
            Poison(trainer, step.Step == 2);
        }

        Assert.NotNull(steps[2].Skipped);
        Assert.All(steps.Where(s => s.Step != 3), s => Assert.Null(s.Skipped));
        Assert.Equal(1e-3, steps[2].Rate, 1e-9);
        Assert.Equal(0.5e-3, steps[3].Rate, 1e-9);
        Assert.All(trainer.DeployedWeights(), w => Assert.True(float.IsFinite(w)));
    }

    [Fact]
    public void Training_that_diverges_stops_with_the_cause_and_never_saves_what_is_not_finite()
    {
        // complaint 6 of lora.md §7
        var plan = tiny.Plan("diverged") with { Steps = 20, Resume = true };
        using (var trainer = new LoraTrainer(tiny.Model, plan))
        {
            string message = Refusal.Of("diverged", () =>
            {
                foreach (var _ in trainer.Run(TestContext.Current.CancellationToken))
                    Poison(trainer, true);
            });
            Assert.Contains("3 steps in a row", message);
            Assert.Contains("learning rate", message);
        }

        Assert.False(File.Exists(Path.Combine(plan.OutputFolder, "lora.safetensors")));
        using var resumed = new LoraTrainer(tiny.Model, plan);
        Assert.All(resumed.DeployedWeights(), w => Assert.True(float.IsFinite(w)));
    }

    [Fact]
    public void A_state_of_another_run_is_refused_with_what_differs()
    {
        var plan = tiny.Plan("mismatch") with { Resume = true };
        Train(plan);

        Assert.Contains("Optimizer", Mismatch(plan with { Optimizer = new OptimizerPlan { Kind = OptimizerKind.Lion } }));
        Assert.Contains("Seed", Mismatch(plan with { Seed = new Contracts.Images.Seed(1) }));
        Assert.Contains("Modules", Mismatch(plan with { Modules = new ModuleSelection { Rank = 3 } }));
        using var longer = new LoraTrainer(tiny.Model, plan with { Steps = 8 });
        Assert.Equal(6, longer.StepsDone);
    }

    [Fact]
    public void A_state_is_refused_when_its_pictures_or_captions_changed()
    {
        using var own = new TinyTraining();
        var plan = own.Plan("changed") with { Resume = true };
        using (var trainer = new LoraTrainer(own.Model, plan))
            Pull(trainer);
        File.WriteAllText(Path.Combine(own.Pictures, "0.txt"), "something else");

        Assert.Contains("captions have changed", Refusal.Of("state_mismatch", () => new LoraTrainer(own.Model, plan).Dispose()));
        Assert.DoesNotContain(own.Model.Transformer.Layers.Linears.Values, l => l.Branches.Count > 0);
    }

    [Fact]
    public void The_log_has_a_json_object_a_step()
    {
        var plan = tiny.Plan("log");
        using (var trainer = new LoraTrainer(tiny.Model, plan))
            Pull(trainer);
        string[] lines = File.ReadAllLines(Path.Combine(plan.OutputFolder, "lora-log.jsonl"));

        Assert.Equal(6, lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            using var json = JsonDocument.Parse(lines[i]);
            Assert.Equal(i + 1, json.RootElement.GetProperty("step").GetInt32());
            foreach (string name in (string[])["loss", "lr", "grad_norm", "seconds", "memory"])
                Assert.True(json.RootElement.GetProperty(name).GetDouble() >= 0, name);
        }
    }

    [Fact]
    public void The_adapter_has_kohyas_names_and_says_where_it_is_from()
    {
        var plan = tiny.Plan("file") with { Captions = new CaptionRules { Trigger = "tok" }, Name = "brand" };
        using (var trainer = new LoraTrainer(tiny.Model, plan))
            Pull(trainer);
        using var file = SafetensorsFile.Open(Path.Combine(plan.OutputFolder, "brand.safetensors"));

        Assert.Contains("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", file.Tensors.Keys);
        Assert.Equal(3 * (10 + 2 * 3), file.Tensors.Count);
        Assert.Equal(("2", "2", "flux1"), (file.Metadata["ss_network_dim"], file.Metadata["ss_network_alpha"], file.Metadata["ss_base_model_version"]));
        Assert.Equal(("tok", "flux-1-dev/lora"), (file.Metadata["modelspec.trigger_phrase"], file.Metadata["modelspec.architecture"]));
        Assert.Contains("\"tok\":4", file.Metadata["ss_tag_frequency"]);
    }

    [Fact]
    public void The_diffusers_twin_does_the_same()
    {
        var plan = tiny.Plan("twin") with { DiffusersTwin = true, Rate = new LearningRate { Peak = 0.05 } };
        using (var trainer = new LoraTrainer(tiny.Model, plan))
            Pull(trainer);
        string[] files = ["lora.safetensors", "lora.diffusers.safetensors"];
        float[][] velocities = [.. files.Select(f => Velocity(Path.Combine(plan.OutputFolder, f)))];
        float[] without = Velocity(null);

        double effect = velocities[0].Zip(without, (a, b) => Math.Abs(a - b)).Max(), difference = velocities[0].Zip(velocities[1], (a, b) => Math.Abs(a - b)).Max();
        Assert.True(effect > 1e-3 && difference < 0.02 * effect, $"effect {effect:E2}, difference {difference:E2}");
    }

    private float[] Velocity(string? adapter)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var (model, config) = (tiny.Model, tiny.Model.TransformerConfig);
        model.Adapters.Apply(adapter is null ? [] : [new PlannedAdapter(adapter, model.Adapters.HashOf(adapter), 1)]);
        try
        {
            var transformer = model.Transformer.Use();
            return transformer.Forward(
                Randomness.Normal(1, 1, 6, config.InChannels), Randomness.Normal(2, 1, 5, config.ContextDim), Randomness.Normal(3, 1, config.PooledDim), ones(1) * 0.5, ones(1),
                transformer.Rotary(PositionIds.Text(5), PositionIds.Image(2, 3))).data<float>().ToArray();
        }
        finally
        {
            model.Adapters.Apply([]);
        }
    }

    [Fact]
    public void Alpha_is_the_rank_unless_said_so_an_adapter_is_never_silently_weak()
    {
        // complaint 11 of lora.md §7: kohya's default alpha of 1 is the first cause of adapters that do nothing
        Assert.Equal(16, (tiny.Plan("x") with { Modules = new ModuleSelection { Rank = 16 } }).AlphaOrRank);
        Assert.Equal(8, (tiny.Plan("x") with { Alpha = 8 }).AlphaOrRank);
    }

    [Fact]
    public void Regularisation_and_preserved_outputs_train()
    {
        Directory.CreateDirectory(tiny.At("reg"));
        TinyTraining.Draw(Path.Combine(tiny.At("reg"), "r.png"), new(40, 40), 50);
        var plan = tiny.Plan("preserved") with
        {
            Pictures = [new PictureFolder { Path = tiny.Pictures }, new PictureFolder { Path = tiny.At("reg"), ClassTokens = "a thing", Regularisation = true }],
            PriorWeight = 0.5,
            BatchSize = 2,
            Preservation = new OutputPreservation("tok", "thing", 0.3),
        };
        using var trainer = new LoraTrainer(tiny.Model, plan);

        Assert.Equal(6, Pull(trainer).Count(s => s.Skipped is null));
        using var batch = Enumerable.Range(0, 200).Select(i => trainer.Data.Batch(i)).First(b => b.TowardsBase is not null && b.Count == 4);
        Assert.Equal(2, batch.TowardsBase!.Count(t => t));
        Assert.Equal(2 * 1 + 2 * 0.3, batch.Weights!.Sum() / 2, 1e-9);
    }

    [Fact]
    public void Dropped_captions_aim_at_the_base_where_it_is_kept()
    {
        var plan = tiny.Plan("unprompted") with { Captions = new CaptionRules { Trigger = "tok", Dropout = 0.5 }, KeepsUnprompted = true, BatchSize = 2 };
        using var trainer = new LoraTrainer(tiny.Model, plan);

        Assert.Contains(Pull(trainer), s => s.Skipped is null && s.Loss > 0);
        List<IReadOnlyList<bool>> aims = [];
        foreach (int place in Enumerable.Range(0, 20))
        {
            using var batch = trainer.Data.Batch(place);
            aims.Add(batch.TowardsBase ?? [.. Enumerable.Repeat(false, batch.Count)]);
            Assert.Null(batch.Weights);
        }
        Assert.InRange(aims.SelectMany(a => a).Average(a => a ? 1.0 : 0), 0.2, 0.8);
    }

    [Fact]
    public void A_full_disk_ends_the_run_and_leaves_the_former_state()
    {
        using var disk = SmallDisk.OrSkip(8);
        var plan = tiny.Plan("full") with { OutputFolder = Path.Combine(disk.Path, "out"), SaveEvery = 1, LadderLength = 0, Resume = true };
        using (var trainer = new LoraTrainer(tiny.Model, plan))
        {
            using var steps = trainer.Run(TestContext.Current.CancellationToken).GetEnumerator();
            Assert.True(steps.MoveNext());
            disk.Fill();
            var error = Assert.ThrowsAny<GessoException>(() =>
            {
                while (steps.MoveNext())
                {
                }
            });
            Assert.Equal(ErrorKind.Unavailable, error.Kind);
        }
        using var resumed = new LoraTrainer(tiny.Model, plan);
        Assert.Equal(1, resumed.StepsDone);
    }

    [Theory]
    [MemberData(nameof(BadPlans))]
    public void Settings_outside_of_their_range_name_themselves(string named, Func<TrainingPlan, TrainingPlan> change) =>
        Assert.Contains(named, Refusal.Of("out_of_range", () => new LoraTrainer(tiny.Model, change(tiny.Plan("bad-plan"))).Dispose()));

    public static TheoryData<string, Func<TrainingPlan, TrainingPlan>> BadPlans => new()
    {
        { "Steps", p => p with { Steps = 0 } },
        { "Batch size", p => p with { BatchSize = 0 } },
        { "Accumulation", p => p with { Accumulation = 0 } },
        { "Alpha", p => p with { Alpha = 0 } },
        { "Text length", p => p with { TextLength = 0 } },
        { "Dropout", p => p with { Dropout = new BranchDropout(1, 0, 0) } },
        { "Average decay", p => p with { AverageDecay = 1 } },
        { "Resolution", p => p with { Buckets = p.Buckets with { Resolution = new(30, 32) } } },
        { "Learning rate", p => p with { Rate = new LearningRate { Peak = -1 } } },
        { "Name", p => p with { Name = "" } },
        { "Held-out", p => p with { Validation = new ValidationPlan { HoldOut = 1 } } },
    };

    private static void Poison(LoraTrainer trainer, bool poisoned)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        // gradients are added to what is there
        trainer.Network.Parameters.Gradients.fill_(poisoned ? float.NaN : 0);
    }

    private string Mismatch(TrainingPlan plan) => Refusal.Of("state_mismatch", () => new LoraTrainer(tiny.Model, plan).Dispose());

    private float[] Train(TrainingPlan plan)
    {
        using var trainer = new LoraTrainer(tiny.Model, plan);
        Pull(trainer);
        return trainer.DeployedWeights();
    }

    private static List<TrainingStep> Pull(LoraTrainer trainer) => [.. trainer.Run(TestContext.Current.CancellationToken)];

    /// <summary>Does something at its n-th look.</summary>
    private sealed class RingingClock(int looks, Action ring) : TimeProvider
    {
        private int _looks;

        public override long GetTimestamp()
        {
            if (++_looks == looks)
                ring();
            return base.GetTimestamp();
        }
    }
}
