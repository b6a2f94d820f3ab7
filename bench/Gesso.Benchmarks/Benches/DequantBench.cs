using Gesso.Benchmarks.Flux;
using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Models.Flux;
using Gesso.Torch.Layers;
using Gesso.Torch.Native;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Benchmarks.Benches;

/// <summary>The step of <see cref="StepBench"/> with weights that stay as stored and are decoded at each use.</summary>
internal sealed class DequantBench : IBench
{
    private const double MostRatio = 1.15;
    private static readonly LoadOptions Compact = new(ComputeTarget.Cpu, LinearStorage.Compact);

    public string Name => "dequant";

    public string Question => "What does it cost to keep weights as stored in a memory-mapped file and to decode them at each use, against weights expanded to f32?";

    public BenchResult Run(BenchArguments arguments)
    {
        LibTorch.Load(new TorchOptions { Threads = arguments.Threads, PreferCuda = false });
        int tokens = arguments.Tokens[^1];
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var config = FluxSizes.Config(arguments.DoubleBlocks, arguments.SingleBlocks);
        var pool = new WeightPool(seed: 1);
        var weights = new SeededWeights(pool);
        var dense = new FluxTransformer(config, new WeightScope(weights));
        var inputs = new FluxInputs(config, BenchArguments.TextTokens, tokens - BenchArguments.TextTokens);
        List<StoredModel> stored = [];
        try
        {
            foreach (var format in ContainerFormat.All)
            {
                Console.Error.WriteLine($"  writing {format.Name}");
                stored.Add(new StoredModel(format, folder.File(format.FileName), pool, weights, config));
            }
            var steps = new[] { inputs.Step("f32 step", dense) }.Concat(stored.Select(s => inputs.Step($"{s.Format.Name} step", s.Transformer)));
            var times = Interleaved.Run($"step, {tokens} tokens", arguments.Repeat, [.. steps]);
            var decoding = Interleaved.Run("decoding alone", arguments.Repeat, [.. stored.Select(s => s.Decoding())]);
            return Result(tokens, config, weights, inputs, dense, stored, times, decoding);
        }
        finally
        {
            stored.ForEach(s => s.Dispose());
        }
    }

    private static BenchResult Result(
        int tokens, FluxConfig config, SeededWeights weights, FluxInputs inputs, FluxTransformer dense,
        List<StoredModel> stored, IReadOnlyList<Samples> times, IReadOnlyList<Samples> decoding)
    {
        var expanded = times[0];
        long linear = weights.Linears.Values.Sum(l => l.Inputs * l.Outputs);
        List<IReadOnlyList<string>> rows = [["f32 (expanded)", $"{weights.Elements * 4 / 1e9:0.00}", $"{expanded.Median:0}", $"{expanded.Min:0}", "1.000", "1.000", "", "", ""]];
        List<Target> targets = [];
        for (int i = 0; i < stored.Count; i++)
        {
            var step = times[i + 1];
            double ratio = step.RatioTo(expanded);
            double perMillisecond = stored[i].Layer.Weight.Elements / decoding[i].Min;
            rows.Add(
            [
                stored[i].Format.Name, $"{stored[i].FileBytes / 1e9:0.00}", $"{step.Median:0}", $"{step.Min:0}", $"{ratio:0.000}", $"{step.MinRatioTo(expanded):0.000}",
                $"{perMillisecond / 1e6:0.00}", $"{linear / perMillisecond:0}", $"{Difference(inputs, dense, stored[i].Transformer):0.0E+0}",
            ]);
            targets.Add(new Target($"{stored[i].Format.Name} step / f32 step, {tokens} tokens", ratio, MostRatio, TargetDirection.AtMost));
        }
        return new BenchResult
        {
            Notes =
            [
                $"{config.DoubleBlocks} double and {config.SingleBlocks} single blocks of FLUX.1's width, {linear / 1e9:0.00} billion weights in linear layers, {tokens} tokens. "
                + "Files lie in the page cache; biases and norm scales are f32, as are the few matrices whose rows are no whole number of blocks.",
                "Columns are medians; (min) is the best round. step/f32 is the median of the rounds' ratios; lower is better. Decoding is what a compact layer does before its product, "
                + "alone, for the first layer of the image MLP (12288 × 3072), best round: billions of elements a second; decode ms is all linear weights of the step at that speed. "
                + "Difference is the root mean square of the change of the velocity over that of the f32 velocity: it shows that the same network is computed, with weights rounded to the format.",
            ],
            Tables = [new ResultTable("Weights decoded at each use", ["weights", "GB", "step ms", "(min)", "step/f32", "(min)", "decode G/s", "decode ms", "difference"], rows)],
            Targets = targets,
            Samples = [.. times, .. decoding],
        };
    }

    private static double Difference(FluxInputs inputs, FluxTransformer dense, FluxTransformer compact)
    {
        using var scope = NewDisposeScope();
        Tensor expected = inputs.Velocity(dense), actual = inputs.Velocity(compact);
        return ((actual - expected).square().mean().sqrt() / expected.square().mean().sqrt()).item<float>();
    }

    /// <summary>The network on a file of one format.</summary>
    private sealed class StoredModel : IDisposable
    {
        private readonly ITensorFile _file;
        private readonly LoadedNetwork<FluxTransformer> _transformer;
        private readonly LoadedNetwork<ILinear> _layer;

        public StoredModel(ContainerFormat format, string path, WeightPool pool, SeededWeights weights, FluxConfig config)
        {
            Format = format;
            format.Write(path, pool, weights.Shapes);
            FileBytes = new FileInfo(path).Length;
            _file = TensorFiles.Open(path);
            var source = new WeightSource(_file);
            _transformer = CheckpointWeights.Load(source, FluxWeightMaps.Bfl, Compact, "FLUX.1 transformer", w => new FluxTransformer(config, w));
            _layer = CheckpointWeights.Load(
                source, FluxWeightMaps.Bfl, Compact, "one layer", w => w["double_blocks"][0]["img_mlp"].Linear("0", config.Hidden, config.MlpHidden), _ => true);
        }

        public ContainerFormat Format { get; }

        public long FileBytes { get; }

        public FluxTransformer Transformer => _transformer.Network;

        public CompactLinear Layer => _layer.Network as CompactLinear
            ?? throw GessoException.Bug("not_compact", $"{Format.Name}: the layer was expanded, so nothing is decoded at use.");

        public Work Decoding()
        {
            var weight = Layer.Weight;
            return new Work($"{Format.Name} decoding", () => weight.Decode().Dispose());
        }

        public void Dispose()
        {
            _layer.Dispose();
            _transformer.Dispose();
            _file.Dispose();
        }
    }
}
