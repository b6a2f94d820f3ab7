using Gesso.Benchmarks.Flux;
using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Models.Flux;
using Gesso.Torch.Native;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Benchmarks.Benches;

/// <summary>One double and one single block at FLUX.1's width against their bare arithmetic.</summary>
internal sealed class BlocksBench : IBench
{
    private const double LeastRatio = 0.85;

    public string Name => "blocks";

    public string Question => "How much of a block's time is arithmetic that no implementation can avoid? FLUX.1's width (3072, 24 heads × 128), f32 on the CPU.";

    public BenchResult Run(BenchArguments arguments)
    {
        LibTorch.Load(new TorchOptions { Threads = arguments.Threads, PreferCuda = false });
        using var mode = inference_mode();
        var pool = new WeightPool(seed: 1);
        List<RatioRow> rows = [];
        rows.AddRange(Measure("double block", arguments, pool, "double_blocks", (config, scope, inputs) =>
        {
            var block = new DoubleStreamBlock(config, scope);
            Tensor img = inputs.Noise(1, inputs.Image, config.Hidden), txt = inputs.Noise(1, inputs.Text, config.Hidden), vec = inputs.Noise(1, config.Hidden);
            return () => block.Forward(img, txt, vec, inputs.Rotary).img;
        }));
        rows.AddRange(Measure("single block", arguments, pool, "single_blocks", (config, scope, inputs) =>
        {
            var block = new SingleStreamBlock(config, scope);
            Tensor x = inputs.Noise(1, inputs.Total, config.Hidden), vec = inputs.Noise(1, config.Hidden);
            return () => block.Forward(x, vec, inputs.Rotary);
        }));
        return new BenchResult
        {
            Notes = [RatioRow.Legend, $"{BenchArguments.TextTokens} of the tokens are text: in a double block they have weights of their own."],
            Tables = [new ResultTable("Blocks", RatioRow.Columns, [.. rows.Select(r => r.Cells)])],
            Targets = [.. rows.Select(r => new Target($"bare/ours, {r.What}, {r.Tokens} tokens", r.Ratio, LeastRatio, TargetDirection.AtLeast))],
            Samples = [.. rows.SelectMany(r => new[] { r.Plain, r.Bare, r.Ours })],
        };
    }

    /// <summary>One kind of block at every length; its weights (1.4 or 0.6 GB) are gone afterwards.</summary>
    private static List<RatioRow> Measure(
        string what, BenchArguments arguments, WeightPool pool, string place, Func<FluxConfig, WeightScope, FluxInputs, Func<Tensor>> build)
    {
        var config = FluxSizes.Config(1, 1);
        List<RatioRow> rows = [];
        foreach (int tokens in arguments.Tokens)
        {
            using var scope = NewDisposeScope();
            var weights = new SeededWeights(pool);
            var inputs = new FluxInputs(config, BenchArguments.TextTokens, tokens - BenchArguments.TextTokens);
            var forward = build(config, new WeightScope(weights)[place][0], inputs);
            string label = $"{what}, {tokens} tokens";
            FluxInputs.RequireFinite(label, forward);
            var bare = BareWork.Of(config, weights.Linears, attentions: 1, inputs);
            var (plain, plainOperations) = BareWork.Plain($"{label}, plain product", config.Hidden, tokens, inputs);
            var times = Interleaved.Run(label, arguments.Repeat, plain, bare.Timed($"{label}, bare"), FluxInputs.Timed($"{label}, ours", forward));
            rows.Add(new RatioRow(what, tokens, bare.Operations, times[1], times[2], times[0], plainOperations));
        }
        return rows;
    }
}
