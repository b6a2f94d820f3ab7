using Gesso.Benchmarks.Flux;
using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Models.Flux;
using Gesso.Torch.Native;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Benchmarks.Benches;

/// <summary>A whole evaluation of the transformer, shortened, against its bare arithmetic.</summary>
internal sealed class StepBench : IBench
{
    private const double LeastRatio = 0.85;

    public string Name => "step";

    public string Question => "How much of a denoising step's time is arithmetic that no implementation can avoid? FLUX.1's width with fewer blocks, f32 on the CPU.";

    public BenchResult Run(BenchArguments arguments)
    {
        LibTorch.Load(new TorchOptions { Threads = arguments.Threads, PreferCuda = false });
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var config = FluxSizes.Config(arguments.DoubleBlocks, arguments.SingleBlocks);
        var weights = new SeededWeights(new WeightPool(seed: 1));
        var transformer = new FluxTransformer(config, new WeightScope(weights));
        List<RatioRow> rows = [];
        foreach (int tokens in arguments.Tokens)
            rows.Add(Measure(config, weights, transformer, tokens, arguments.Repeat));
        return new BenchResult
        {
            Notes =
            [
                $"{config.DoubleBlocks} double and {config.SingleBlocks} single blocks ({weights.Elements / 1e9:0.00} billion parameters, {weights.Elements * 4 / 1e9:0.0} GB in f32) "
                + "instead of FLUX.1's 19 and 38, whose 11.9 billion parameters take 48 GB in f32; embedders and final layer are FLUX.1 dev's, guidance included. "
                + "Blocks of a kind do the same work, so the ratio is that of the whole model up to the shares of embedders and final layer, which are larger here.",
                RatioRow.Legend,
                $"{BenchArguments.TextTokens} of the tokens are text. Rotary factors are made once a picture and are not part of a step.",
            ],
            Tables = [new ResultTable("One step", RatioRow.Columns, [.. rows.Select(r => r.Cells)])],
            Targets = [.. rows.Select(r => new Target($"bare/ours, step, {r.Tokens} tokens", r.Ratio, LeastRatio, TargetDirection.AtLeast))],
            Samples = [.. rows.SelectMany(r => new[] { r.Plain, r.Bare, r.Ours })],
        };
    }

    private static RatioRow Measure(FluxConfig config, SeededWeights weights, FluxTransformer transformer, int tokens, int repeat)
    {
        using var scope = NewDisposeScope();
        var inputs = new FluxInputs(config, BenchArguments.TextTokens, tokens - BenchArguments.TextTokens);
        string label = $"step, {tokens} tokens";
        var bare = BareWork.Of(config, weights.Linears, attentions: config.DoubleBlocks + config.SingleBlocks, inputs);
        var (plain, plainOperations) = BareWork.Plain($"{label}, plain product", config.Hidden, tokens, inputs);
        var times = Interleaved.Run(label, repeat, plain, bare.Timed($"{label}, bare"), inputs.Step($"{label}, ours", transformer));
        string what = $"{config.DoubleBlocks} double + {config.SingleBlocks} single";
        return new RatioRow(what, tokens, bare.Operations, times[1], times[2], times[0], plainOperations);
    }
}
