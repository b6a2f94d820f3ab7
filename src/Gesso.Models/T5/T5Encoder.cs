using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.T5;

/// <summary>Sizes of a T5 v1.1 encoder; XXL: 24 layers, width 4096, 64 heads × 64, feed-forward 10240.</summary>
public sealed record T5Config
{
    public required int Width { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    public required int HeadDim { get; init; }

    public required int FeedForward { get; init; }

    public required int Vocabulary { get; init; }

    public int Buckets { get; init; } = 32;

    public int MaxDistance { get; init; } = 128;

    public double Epsilon { get; init; } = 1e-6;

    /// <summary>T5 v1.1 XXL as published.</summary>
    public static T5Config Xxl { get; } = new() { Width = 4096, Layers = 24, Heads = 64, HeadDim = 64, FeedForward = 10240, Vocabulary = 32128 };

    /// <summary>From <c>text_encoder_2/config.json</c>.</summary>
    public static T5Config FromTransformers(JsonElement json) => new T5Config
    {
        Width = json.GetProperty("d_model").GetInt32(),
        Layers = json.GetProperty("num_layers").GetInt32(),
        Heads = json.GetProperty("num_heads").GetInt32(),
        HeadDim = json.GetProperty("d_kv").GetInt32(),
        FeedForward = json.GetProperty("d_ff").GetInt32(),
        Vocabulary = json.GetProperty("vocab_size").GetInt32(),
        Buckets = json.TryGetProperty("relative_attention_num_buckets", out var b) ? b.GetInt32() : 32,
        MaxDistance = json.TryGetProperty("relative_attention_max_distance", out var d) ? d.GetInt32() : 128,
        Epsilon = json.TryGetProperty("layer_norm_epsilon", out var e) ? e.GetDouble() : 1e-6,
    }.Validate();

    /// <summary>From the shapes of a single file.</summary>
    /// <param name="source">The stored tensors.</param>
    /// <param name="map">The dialect of their names.</param>
    public static T5Config FromTensors(WeightSource source, WeightMap map)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(map);
        IReadOnlyList<long> Shape(string canonical) => map.Resolve(canonical).Sources.Select(source.Find).FirstOrDefault(t => t is not null)?.Shape
            ?? throw GessoException.Invalid("not_a_t5", $"{source.Path} is not a T5 encoder: it has no {canonical}. Give a t5xxl safetensors or GGUF file.");
        var table = Shape("shared.weight");
        var bias = Shape("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight");
        int layers = 0;
        while (map.Resolve($"encoder.block.{layers}.layer.0.SelfAttention.q.weight").Sources.Any(source.Contains))
            layers++;
        int heads = Math.Max(1, (int)bias[1]);
        return new T5Config
        {
            Width = (int)table[1],
            Layers = layers,
            Heads = heads,
            HeadDim = (int)(Shape("encoder.block.0.layer.0.SelfAttention.q.weight")[0] / heads),
            FeedForward = (int)Shape("encoder.block.0.layer.1.DenseReluDense.wi_0.weight")[0],
            Vocabulary = (int)table[0],
            Buckets = (int)bias[0],
        }.Validate();
    }

    private T5Config Validate()
    {
        bool sizes = Width >= 1 && Layers >= 1 && Heads >= 1 && HeadDim >= 1 && FeedForward >= 1 && Vocabulary >= 1;
        return sizes && Buckets >= 4 && MaxDistance > Buckets / 4
            ? this
            : throw GessoException.Invalid("bad_config", $"Not a T5 configuration (sizes from 1, at least 4 buckets): {this}.");
    }
}

/// <summary>
/// The encoder of T5 v1.1 (arXiv 1910.10683, 2002.05202; transformers modeling_t5.py): RMS norm before each sub-layer, no biases,
/// attention without 1/√d but with a learned bias by relative distance (held by layer 0, used by all), gated GELU. FLUX gives no mask:
/// padding takes part.
/// </summary>
public sealed class T5Encoder
{
    // L tokens · W width · H heads · d head width
    private readonly Embedding _shared;
    private readonly Layer[] _layers;
    private readonly Tensor _positionBias;
    private readonly Tensor _finalNorm;

    public T5Encoder(T5Config config, WeightScope weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        Config = config;
        _shared = weights.Embedding("shared", config.Vocabulary, config.Width);
        var encoder = weights["encoder"];
        _positionBias = encoder["block"][0]["layer"][0]["SelfAttention"]["relative_attention_bias"].Parameter("weight", config.Buckets, config.Heads);
        _layers = [.. Enumerable.Range(0, config.Layers).Select(n => new Layer(config, encoder["block"][n]["layer"]))];
        _finalNorm = encoder["final_layer_norm"].Parameter("weight", config.Width);
    }

    public T5Config Config { get; }

    /// <param name="ids">L token ids, padding included.</param>
    /// <returns>[1, L, W] last hidden state.</returns>
    public Tensor Forward(IReadOnlyList<int> ids)
    {
        using var scope = NewDisposeScope();
        var x = _shared.Lookup(ids);                                                        // [1,L,W]
        var bias = DistanceBias(ids.Count);                                                 // [1,H,L,L]
        foreach (var layer in _layers)
        {
            var next = layer.Forward(x, bias);
            x.Dispose();
            x = next;
        }
        return scope.MoveToOuter(Norms.Rms(x, _finalNorm, Config.Epsilon));
    }

    private Tensor DistanceBias(int length)
    {
        using var scope = NewDisposeScope();
        var position = arange(length, ScalarType.Int64, _positionBias.device);
        var buckets = DistanceBuckets(position.unsqueeze(0) - position.unsqueeze(1), Config.Buckets, Config.MaxDistance);   // key − query
        return scope.MoveToOuter(_positionBias[buckets].permute(2, 0, 1).unsqueeze(0).contiguous());
    }

    /// <summary>
    /// Half of the buckets for each direction; of those half exact distances, half logarithmic up to the largest distance
    /// (modeling_t5.py _relative_position_bucket, bidirectional; f32 as there, so that borders fall alike).
    /// </summary>
    internal static Tensor DistanceBuckets(Tensor distance, int buckets, int maxDistance)
    {
        using var scope = NewDisposeScope();
        int half = buckets / 2, exact = half / 2;
        var direction = distance.gt(0).to(ScalarType.Int64) * half;
        var size = distance.abs();
        var far = size.to(ScalarType.Float32).div(exact).log().div(Math.Log((double)maxDistance / exact)).mul(half - exact).to(ScalarType.Int64).add(exact).clamp_max(half - 1);
        return scope.MoveToOuter(direction + where(size.lt(exact), size, far));
    }

    private sealed class Layer(T5Config config, WeightScope weights)
    {
        private readonly int _heads = config.Heads;
        private readonly double _epsilon = config.Epsilon;
        private readonly double _unscale = Math.Sqrt(config.HeadDim);
        private readonly Tensor _norm1 = weights[0]["layer_norm"].Parameter("weight", config.Width);
        private readonly ILinear _q = weights[0]["SelfAttention"].Linear("q", config.Width, config.Heads * config.HeadDim, bias: false);
        private readonly ILinear _k = weights[0]["SelfAttention"].Linear("k", config.Width, config.Heads * config.HeadDim, bias: false);
        private readonly ILinear _v = weights[0]["SelfAttention"].Linear("v", config.Width, config.Heads * config.HeadDim, bias: false);
        private readonly ILinear _o = weights[0]["SelfAttention"].Linear("o", config.Heads * config.HeadDim, config.Width, bias: false);
        private readonly Tensor _norm2 = weights[1]["layer_norm"].Parameter("weight", config.Width);
        private readonly ILinear _gate = weights[1]["DenseReluDense"].Linear("wi_0", config.Width, config.FeedForward, bias: false);
        private readonly ILinear _up = weights[1]["DenseReluDense"].Linear("wi_1", config.Width, config.FeedForward, bias: false);
        private readonly ILinear _down = weights[1]["DenseReluDense"].Linear("wo", config.FeedForward, config.Width, bias: false);

        public Tensor Forward(Tensor x, Tensor bias)                                        // x [1,L,W]  bias [1,H,L,L]
        {
            using var scope = NewDisposeScope();
            var normed = Norms.Rms(x, _norm1, _epsilon);
            // attention divides by √d, T5 does not: multiply the queries first
            var q = Heads(_q.Forward(normed)).mul(_unscale);
            var mixed = nn.functional.scaled_dot_product_attention(q, Heads(_k.Forward(normed)), Heads(_v.Forward(normed)), bias);
            x = x + _o.Forward(mixed.transpose(1, 2).flatten(2));
            var inner = Norms.Rms(x, _norm2, _epsilon);
            var gated = nn.functional.gelu(_gate.Forward(inner), TorchSharp.Modules.GELU.Approximate.tanh) * _up.Forward(inner);
            return scope.MoveToOuter(x + _down.Forward(gated));
        }

        private Tensor Heads(Tensor x) => x.unflatten(2, [_heads, x.shape[^1] / _heads]).transpose(1, 2);   // [1,H,L,d]
    }
}
