using System.Diagnostics;
using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Training;
using Gesso.Training.Adapters;
using Gesso.Training.Losses;
using Gesso.Training.Optimizers;
using Gesso.Training.Steps;

namespace Gesso.Benchmarks.Benches;

/// <summary>A training step against the forward pass that every step contains.</summary>
internal sealed class TrainBench : IBench
{
    private const double MostForwards = 2.2;
    private const int Rank = 16;

    public string Name => "train";

    public string Question => "What does a training step cost beside a forward pass of the same shape? The bundled gesso-mini, LoRA of rank 16 on every layer of the blocks, f32 on the CPU.";

    public BenchResult Run(BenchArguments arguments)
    {
        using var engine = ImageEngine.Load(
            ModelLibrary.Default.Resolve(null, new CompanionFiles(), null), new EngineOptions { Device = "cpu", Threads = arguments.Threads });
        var model = engine.Model;
        var layers = model.Transformer.Layers;
        using var network = new LoraNetwork(layers, LoraNetwork.Select(layers, new ModuleSelection { Rank = Rank }, Rank), default, model.Target.Device);
        network.Initialise(new Randomness(new Seed(1)));
        using var optimizer = new AdamW(network.Parameters);
        List<IReadOnlyList<string>> rows = [];
        List<Target> targets = [];
        List<Samples> samples = [];
        foreach (int pictures in (int[])[1, 4, 8])
        {
            using var batch = Batch(model, engine.Card.Defaults.Size, engine.Card.Defaults.TextLength, pictures);
            using var plain = new FluxTrainingStep(model.Transformer.Use(), network, model.Target, new FlowLoss());
            using var again = new FluxTrainingStep(model.Transformer.Use(), network, model.Target, new FlowLoss(), checkpointing: true);
            string label = $"{pictures} picture{(pictures == 1 ? "" : "s")}";
            var times = Interleaved.Run(label, arguments.Repeat,
                new Work($"{label}, forward without branches", () => Off(network, () => plain.Evaluate(batch))),
                new Work($"{label}, forward", () => plain.Evaluate(batch)),
                new Work($"{label}, step", () => Step(network, optimizer, plain, batch)),
                new Work($"{label}, step that computes blocks again", () => Step(network, optimizer, again, batch)));
            double ratio = times[2].RatioTo(times[1]);
            rows.Add([
                $"{pictures}", .. times.Select(t => $"{t.Median:0.0}"), $"{ratio:0.00}", $"{times[3].RatioTo(times[1]):0.00}", $"{times[2].RatioTo(times[0]):0.00}",
                $"{Process.GetCurrentProcess().PeakWorkingSet64 >> 20}",
            ]);
            targets.Add(new Target($"step / forward, {label}", ratio, MostForwards, TargetDirection.AtMost));
            samples.AddRange(times);
        }
        return new BenchResult
        {
            Notes =
            [
                $"{engine.Card.Defaults.Size}, {engine.Card.Defaults.TextLength} text tokens, {network.Targets.Count} branches with {network.Parameters.Count / 1e3:0} thousand parameters. Milliseconds, medians of interleaved rounds. "
                + "A step is forward, loss, backward, clipping and AdamW. Ratios are to the forward pass with branches, which is what a step contains; the last but one is to the base alone. "
                + "Memory is the highest of the process so far.",
            ],
            Tables =
            [
                new ResultTable("One step", ["pictures", "forward, no branches", "forward", "step", "step, blocks again", "step ÷ forward", "again ÷ forward", "step ÷ base", "peak MB"], rows),
            ],
            Targets = targets,
            Samples = samples,
        };
    }

    private static void Off(LoraNetwork network, Action run)
    {
        network.On = false;
        run();
        network.On = true;
    }

    private static void Step(LoraNetwork network, AdamW optimizer, FluxTrainingStep step, FlowBatch batch)
    {
        step.Accumulate(batch);
        network.Parameters.ClipGradients(network.Parameters.GradientNorm(), 1);
        optimizer.Step(1e-5);
        network.Parameters.ClearGradients();
    }

    private static FlowBatch Batch(FluxModel model, ImageSize size, int text, int pictures)
    {
        int rows = size.Height / model.PixelStep, columns = size.Width / model.PixelStep;
        var config = model.TransformerConfig;
        return new FlowBatch
        {
            Latents = Randomness.Normal(1, pictures, rows * columns, config.InChannels),
            Noise = Randomness.Normal(2, pictures, rows * columns, config.InChannels),
            Levels = [.. Enumerable.Range(0, pictures).Select(i => (i + 0.5) / pictures)],
            States = Randomness.Normal(3, pictures, text, config.ContextDim),
            Pooled = Randomness.Normal(4, pictures, config.PooledDim),
            Rows = rows,
            Columns = columns,
        };
    }
}
