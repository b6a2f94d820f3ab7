using Gesso.Benchmarks.Measuring;
using Gesso.Contracts.Errors;
using Gesso.Models.Flux;
using Gesso.Torch.Layers;
using static TorchSharp.torch;

namespace Gesso.Benchmarks.Flux;

/// <summary>
/// The arithmetic a network cannot do without and nothing else: its linear layers, with its weights, and its attentions, on inputs made before.
/// What the network takes longer is its own: norms, modulation, rotation, activation, copies, calls.
/// </summary>
internal sealed class BareWork
{
    private readonly FluxInputs _inputs;
    private readonly Dictionary<(long, long), Tensor> _made = [];
    private readonly List<Action> _calls = [];

    private BareWork(FluxInputs inputs) => _inputs = inputs;

    /// <summary>Floating-point operations: two a multiply-add.</summary>
    public double Operations { get; private set; }

    /// <param name="config">The network's sizes.</param>
    /// <param name="linears">All its linear layers by canonical name; each is run once.</param>
    /// <param name="attentions">Its attentions over all tokens: one a block.</param>
    /// <param name="inputs">Numbers of tokens.</param>
    public static BareWork Of(FluxConfig config, IReadOnlyDictionary<string, Linear> linears, int attentions, FluxInputs inputs)
    {
        var work = new BareWork(inputs);
        foreach (var (name, linear) in linears)
            work.Product(linear, work.Rows(name));
        for (int i = 0; i < attentions; i++)
            work.Attention(config);
        return work;
    }

    /// <summary>One product of square matrices with a row a token: what this machine's libtorch reaches at best.</summary>
    public static (Work Work, double Operations) Plain(string name, long width, long rows, FluxInputs inputs)
    {
        Tensor x = inputs.Noise(rows, width), weight = inputs.Noise(width, width);
        return (new Work(name, () => nn.functional.linear(x, weight).Dispose()), 2.0 * rows * width * width);
    }

    public Work Timed(string name) => new(name, () => _calls.ForEach(call => call()));

    /// <summary>How many rows a layer is given: the conditioning vector, one stream or both.</summary>
    private long Rows(string name)
    {
        string[] parts = name.Split('.');
        return parts[0] switch
        {
            "time_in" or "guidance_in" or "vector_in" => 1,
            "img_in" => _inputs.Image,
            "txt_in" => _inputs.Text,
            "double_blocks" when parts[2].EndsWith("_mod", StringComparison.Ordinal) => 1,
            "double_blocks" => parts[2].StartsWith("img", StringComparison.Ordinal) ? _inputs.Image : _inputs.Text,
            "single_blocks" => parts[2] == "modulation" ? 1 : _inputs.Total,
            "final_layer" => parts[1] == "linear" ? _inputs.Image : 1,
            _ => throw GessoException.Bug("unknown_layer", $"The bench does not know how many rows the layer {name} is given: tell {nameof(BareWork)}."),
        };
    }

    private void Product(Linear linear, long rows)
    {
        // the conditioning vector is [B,D], sequences are [B,L,D]
        var x = Input(rows, linear.Inputs);
        _calls.Add(() => nn.functional.linear(x, linear.Weight, linear.Bias).Dispose());
        Operations += 2.0 * rows * linear.Inputs * linear.Outputs;
    }

    private void Attention(FluxConfig config)
    {
        long tokens = _inputs.Total;
        var x = Input(tokens, 3L * config.Hidden).view(1, tokens, 3, config.Heads, config.HeadDim);
        Tensor q = Heads(0), k = Heads(1), v = Heads(2);
        _calls.Add(() => nn.functional.scaled_dot_product_attention(q, k, v).Dispose());
        Operations += 4.0 * tokens * tokens * config.Hidden;

        Tensor Heads(int part) => x.select(2, part).transpose(1, 2).contiguous();           // [1,H,L,d]
    }

    private Tensor Input(long rows, long width)
    {
        if (!_made.TryGetValue((rows, width), out var input))
            _made[(rows, width)] = input = rows == 1 ? _inputs.Noise(1, width) : _inputs.Noise(1, rows, width);
        return input;
    }
}
