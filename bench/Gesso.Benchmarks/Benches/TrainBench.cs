using System.Diagnostics;
using Gesso.Benchmarks.Flux;
using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Contracts.Images;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Formats;
using Gesso.Models.Flux;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using Gesso.Training;
using Gesso.Training.Adapters;
using Gesso.Training.Losses;
using Gesso.Training.Optimizers;
using Gesso.Training.Steps;
using static TorchSharp.torch;

namespace Gesso.Benchmarks.Benches;

/// <summary>A training step against the forward pass that every step contains.</summary>
internal sealed class TrainBench : IBench
{
    private const double MostForwards = 2.2;
    private const int Rank = 16;
    private const int MostFluxRounds = 3;                                                   // each takes half a minute
    private const int FluxPixels = 16;                                                      // a side of what a token shows

    public string Name => "train";

    public string Question => "What does a training step cost beside a forward pass of the same shape? LoRA of rank 16 on every layer of the blocks, f32 on the CPU.";

    public BenchResult Run(BenchArguments arguments)
    {
        using var engine = ImageEngine.Load(
            ModelLibrary.Default.Resolve(null, new CompanionFiles(), null), new EngineOptions { Device = "cpu", Threads = arguments.Threads });
        List<StepRow> rows = [];
        var model = engine.Model;
        var layers = model.Transformer.Layers;
        using (var network = new LoraNetwork(layers, LoraNetwork.Select(layers, new ModuleSelection { Rank = Rank }, Rank), default, model.Target.Device))
        {
            int pixels = engine.Card.Defaults.Size.Width / model.PixelStep;
            foreach (int pictures in (int[])[1, 4, 8])
                rows.Add(Measure("gesso-mini", model.Transformer.Use(), network, new Shape(pictures, pixels, pixels, engine.Card.Defaults.TextLength), arguments.Repeat));
        }
        rows.Add(AtFullWidth(arguments));
        return new BenchResult
        {
            Notes =
            [
                $"gesso-mini at {engine.Card.Defaults.Size} with {engine.Card.Defaults.TextLength} text tokens; FLUX.1's width with {arguments.DoubleBlocks} double and {arguments.SingleBlocks} single blocks instead of 19 and 38, "
                + $"random weights, at 512x512 with {BenchArguments.TextTokens} text tokens: as every block of the whole model but the first does, its blocks hand gradients on to what stands before them. "
                + $"Branches of rank {Rank} on every layer of the blocks. Milliseconds, medians of interleaved rounds, at most {MostFluxRounds} at FLUX's width. A step is forward, loss, backward, clipping and AdamW. "
                + "Ratios are to the forward pass with branches, which is what a step contains; the last but one is to the base alone. Memory is the highest of the process so far.",
            ],
            Tables =
            [
                new ResultTable("One step", ["model", "pictures", "tokens", "million trained", "forward, no branches", "forward", "step", "step, blocks again", "step ÷ forward", "again ÷ forward", "step ÷ base", "peak MB"],
                    [.. rows.Select(r => r.Cells)]),
            ],
            Targets = [.. rows.Select(r => new Target($"step / forward, {r.Label}", r.Ratio, MostForwards, TargetDirection.AtMost))],
            Samples = [.. rows.SelectMany(r => r.Times)],
        };
    }

    private sealed record Shape(int Pictures, int Rows, int Columns, int Text);

    private sealed record StepRow(string Label, double Ratio, IReadOnlyList<string> Cells, IReadOnlyList<Samples> Times);

    private static StepRow AtFullWidth(BenchArguments arguments)
    {
        using var folder = new TemporaryFolder();
        var config = FluxSizes.Config(arguments.DoubleBlocks, arguments.SingleBlocks);
        string path = folder.File("flux.safetensors");
        using (NewDisposeScope())
        {
            WeightPool pool = new(seed: 1);
            var weights = new SeededWeights(pool);
            _ = new FluxTransformer(config, new WeightScope(weights));
            ContainerFormat.All.First(f => f.Type == StorageType.BF16).Write(path, pool, weights.Shapes);
        }
        using var file = TensorFiles.Open(path);
        using var loaded = CheckpointWeights.Load(new WeightSource(file), FluxWeightMaps.Bfl, LoadOptions.Cpu, "FLUX.1 transformer", w => new FluxTransformer(config, w));
        string[] entries = ["img_in", "txt_in"];
        using var network = new LoraNetwork(
            loaded.Layers, [.. LoraNetwork.Select(loaded.Layers, new ModuleSelection { Rank = Rank }, Rank), .. entries.Select(e => new LoraTarget(e, Rank, Rank))], default, CPU);
        return Measure("FLUX's width", loaded.Network, network, new Shape(1, 512 / FluxPixels, 512 / FluxPixels, BenchArguments.TextTokens), Math.Min(arguments.Repeat, MostFluxRounds));
    }

    private static StepRow Measure(string what, FluxTransformer transformer, LoraNetwork network, Shape shape, int repeat)
    {
        network.Initialise(new Randomness(new Seed(1)));
        using var optimizer = new AdamW(network.Parameters);
        using var batch = Batch(transformer.Config, shape);
        using var plain = new FluxTrainingStep(transformer, network, ComputeTarget.Cpu, new FlowLoss());
        using var again = new FluxTrainingStep(transformer, network, ComputeTarget.Cpu, new FlowLoss(), checkpointing: true);
        string label = $"{what}, {shape.Pictures} picture{(shape.Pictures == 1 ? "" : "s")}";
        var times = Interleaved.Run(label, repeat,
            new Work($"{label}, forward without branches", () => Off(network, () => plain.Evaluate(batch))),
            new Work($"{label}, forward", () => plain.Evaluate(batch)),
            new Work($"{label}, step", () => Step(network, optimizer, plain, batch)),
            new Work($"{label}, step that computes blocks again", () => Step(network, optimizer, again, batch)));
        double ratio = times[2].RatioTo(times[1]);
        return new StepRow(label, ratio,
        [
            what, $"{shape.Pictures}", $"{shape.Pictures * (shape.Rows * shape.Columns + shape.Text)}", $"{network.Parameters.Count / 1e6:0.0}", .. times.Select(t => $"{t.Median:0.0}"), $"{ratio:0.00}",
            $"{times[3].RatioTo(times[1]):0.00}", $"{times[2].RatioTo(times[0]):0.00}", $"{Process.GetCurrentProcess().PeakWorkingSet64 >> 20}",
        ], times);
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

    private static FlowBatch Batch(FluxConfig config, Shape shape) => new()
    {
        Latents = Randomness.Normal(1, shape.Pictures, shape.Rows * shape.Columns, config.InChannels),
        Noise = Randomness.Normal(2, shape.Pictures, shape.Rows * shape.Columns, config.InChannels),
        Levels = [.. Enumerable.Range(0, shape.Pictures).Select(i => (i + 0.5) / shape.Pictures)],
        States = Randomness.Normal(3, shape.Pictures, shape.Text, config.ContextDim),
        Pooled = Randomness.Normal(4, shape.Pictures, config.PooledDim),
        Rows = shape.Rows,
        Columns = shape.Columns,
    };
}
