using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Models.Clip;

/// <summary>Sizes of a CLIP text encoder; CLIP-L: 12 layers, width 768, 12 heads, 77 positions.</summary>
public sealed record ClipConfig
{
    public required int Width { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    public required int FeedForward { get; init; }

    public required int Vocabulary { get; init; }

    public required int Positions { get; init; }

    public double Epsilon { get; init; } = 1e-5;

    /// <summary>x·σ(1.702 x) (OpenAI's CLIP) instead of the exact GELU.</summary>
    public bool QuickGelu { get; init; } = true;

    /// <summary>CLIP-L as published.</summary>
    public static ClipConfig Large { get; } = new() { Width = 768, Layers = 12, Heads = 12, FeedForward = 3072, Vocabulary = 49408, Positions = 77 };

    /// <summary>From <c>text_encoder/config.json</c>.</summary>
    public static ClipConfig FromTransformers(JsonElement json) => new ClipConfig
    {
        Width = json.GetProperty("hidden_size").GetInt32(),
        Layers = json.GetProperty("num_hidden_layers").GetInt32(),
        Heads = json.GetProperty("num_attention_heads").GetInt32(),
        FeedForward = json.GetProperty("intermediate_size").GetInt32(),
        Vocabulary = json.GetProperty("vocab_size").GetInt32(),
        Positions = json.GetProperty("max_position_embeddings").GetInt32(),
        Epsilon = json.TryGetProperty("layer_norm_eps", out var e) ? e.GetDouble() : 1e-5,
        QuickGelu = !json.TryGetProperty("hidden_act", out var act) || act.GetString() == "quick_gelu",
    }.Validate();

    /// <summary>From the shapes of a single file. The head width is not in them; published CLIP text encoders all use 64.</summary>
    /// <param name="source">The stored tensors.</param>
    /// <param name="map">The dialect of their names.</param>
    public static ClipConfig FromTensors(WeightSource source, WeightMap map)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(map);
        IReadOnlyList<long> Shape(string canonical) => map.Resolve(canonical).Sources.Select(source.Find).FirstOrDefault(t => t is not null)?.Shape
            ?? throw GessoException.Invalid("not_a_clip", $"{source.Path} is not a CLIP text encoder: it has no {canonical}. Give a clip_l safetensors file.");
        var table = Shape("text_model.embeddings.token_embedding.weight");
        int layers = 0;
        while (map.Resolve($"text_model.encoder.layers.{layers}.mlp.fc1.weight").Sources.Any(source.Contains))
            layers++;
        return new ClipConfig
        {
            Width = (int)table[1],
            Layers = layers,
            Heads = Math.Max(1, (int)table[1] / 64),
            FeedForward = (int)Shape("text_model.encoder.layers.0.mlp.fc1.weight")[0],
            Vocabulary = (int)table[0],
            Positions = (int)Shape("text_model.embeddings.position_embedding.weight")[0],
        }.Validate();
    }

    private ClipConfig Validate() => Layers >= 1 && Heads >= 1 && FeedForward >= 1 && Vocabulary >= 1 && Positions >= 1 && Width >= 1 && Width % Heads == 0
        ? this
        : throw GessoException.Invalid("bad_config", $"Not a CLIP configuration (sizes from 1, the width a multiple of the heads): {this}.");
}

/// <summary>The text encoder of CLIP (arXiv 2103.00020; transformers modeling_clip.py): causal, layer norm before each sub-layer.</summary>
public sealed class ClipTextEncoder
{
    // L tokens · W width · H heads
    private readonly Embedding _tokens;
    private readonly Tensor _positions;
    private readonly Layer[] _layers;
    private readonly Tensor _finalWeight;
    private readonly Tensor _finalBias;

    public ClipTextEncoder(ClipConfig config, WeightScope weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        Config = config;
        var model = weights["text_model"];
        _tokens = model["embeddings"].Embedding("token_embedding", config.Vocabulary, config.Width);
        _positions = model["embeddings"]["position_embedding"].Parameter("weight", config.Positions, config.Width);
        _layers = [.. Enumerable.Range(0, config.Layers).Select(n => new Layer(config, model["encoder"]["layers"][n]))];
        _finalWeight = model["final_layer_norm"].Parameter("weight", config.Width);
        _finalBias = model["final_layer_norm"].Parameter("bias", config.Width);
    }

    public ClipConfig Config { get; }

    /// <param name="ids">L ≤ positions token ids.</param>
    /// <param name="eosId">The end-of-text id; the pooled state is taken at its first place (padding repeats it), without projection.</param>
    /// <returns>last hidden state [1, L, W] after the final norm, pooled [1, W]</returns>
    public (Tensor states, Tensor pooled) Forward(IReadOnlyList<int> ids, int eosId)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.Count > Config.Positions)
            throw GessoException.Bug("too_many_tokens", $"CLIP takes {Config.Positions} tokens, got {ids.Count}.");
        using var scope = NewDisposeScope();
        var x = _tokens.Lookup(ids) + _positions.narrow(0, 0, ids.Count);                   // [1,L,W]
        foreach (var layer in _layers)
        {
            var next = layer.Forward(x);
            x.Dispose();
            x = next;
        }
        var states = Norms.Layer(x, _finalWeight, _finalBias, Config.Epsilon);
        int end = 0;
        while (end < ids.Count - 1 && ids[end] != eosId)
            end++;
        return scope.MoveToOuter(states, states.select(1, end).contiguous());
    }

    private sealed class Layer(ClipConfig config, WeightScope weights)
    {
        private readonly int _heads = config.Heads;
        private readonly bool _quickGelu = config.QuickGelu;
        private readonly double _epsilon = config.Epsilon;
        private readonly Tensor _norm1Weight = weights["layer_norm1"].Parameter("weight", config.Width);
        private readonly Tensor _norm1Bias = weights["layer_norm1"].Parameter("bias", config.Width);
        private readonly ILinear _q = weights["self_attn"].Linear("q_proj", config.Width, config.Width);
        private readonly ILinear _k = weights["self_attn"].Linear("k_proj", config.Width, config.Width);
        private readonly ILinear _v = weights["self_attn"].Linear("v_proj", config.Width, config.Width);
        private readonly ILinear _out = weights["self_attn"].Linear("out_proj", config.Width, config.Width);
        private readonly Tensor _norm2Weight = weights["layer_norm2"].Parameter("weight", config.Width);
        private readonly Tensor _norm2Bias = weights["layer_norm2"].Parameter("bias", config.Width);
        private readonly ILinear _fc1 = weights["mlp"].Linear("fc1", config.Width, config.FeedForward);
        private readonly ILinear _fc2 = weights["mlp"].Linear("fc2", config.FeedForward, config.Width);

        public Tensor Forward(Tensor x)                                                     // [1,L,W]
        {
            using var scope = NewDisposeScope();
            var normed = Norms.Layer(x, _norm1Weight, _norm1Bias, _epsilon);
            var mixed = nn.functional.scaled_dot_product_attention(
                Heads(_q.Forward(normed)), Heads(_k.Forward(normed)), Heads(_v.Forward(normed)), is_casual: true);
            x = x + _out.Forward(mixed.transpose(1, 2).flatten(2));
            var hidden = _fc1.Forward(Norms.Layer(x, _norm2Weight, _norm2Bias, _epsilon));
            hidden = _quickGelu ? hidden * hidden.mul(1.702).sigmoid() : nn.functional.gelu(hidden);
            return scope.MoveToOuter(x + _fc2.Forward(hidden));
        }

        private Tensor Heads(Tensor x) => x.unflatten(2, [_heads, x.shape[^1] / _heads]).transpose(1, 2);   // [1,H,L,d]
    }
}
