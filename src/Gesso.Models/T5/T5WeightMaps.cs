using Gesso.Torch.Weights;

namespace Gesso.Models.T5;

/// <summary>Names of T5 encoders: transformers (also in ComfyUI single files) and llama.cpp's GGUF.</summary>
public static class T5WeightMaps
{
    public static WeightMap Transformers { get; } = new("transformers",
        WeightRule.Same("shared.weight", "shared.weight", "encoder.embed_tokens.weight"));

    public static WeightMap LlamaCpp { get; } = new("llama.cpp",
        WeightRule.Same("shared.weight", "token_embd.weight"),
        WeightRule.Same("encoder.block.{n}.layer.0.SelfAttention.q.weight", "enc.blk.{n}.attn_q.weight"),
        WeightRule.Same("encoder.block.{n}.layer.0.SelfAttention.k.weight", "enc.blk.{n}.attn_k.weight"),
        WeightRule.Same("encoder.block.{n}.layer.0.SelfAttention.v.weight", "enc.blk.{n}.attn_v.weight"),
        WeightRule.Same("encoder.block.{n}.layer.0.SelfAttention.o.weight", "enc.blk.{n}.attn_o.weight"),
        WeightRule.Same("encoder.block.{n}.layer.0.SelfAttention.relative_attention_bias.weight", "enc.blk.{n}.attn_rel_b.weight"),
        WeightRule.Same("encoder.block.{n}.layer.0.layer_norm.weight", "enc.blk.{n}.attn_norm.weight"),
        WeightRule.Same("encoder.block.{n}.layer.1.DenseReluDense.wi_0.weight", "enc.blk.{n}.ffn_gate.weight"),
        WeightRule.Same("encoder.block.{n}.layer.1.DenseReluDense.wi_1.weight", "enc.blk.{n}.ffn_up.weight"),
        WeightRule.Same("encoder.block.{n}.layer.1.DenseReluDense.wo.weight", "enc.blk.{n}.ffn_down.weight"),
        WeightRule.Same("encoder.block.{n}.layer.1.layer_norm.weight", "enc.blk.{n}.ffn_norm.weight"),
        WeightRule.Same("encoder.final_layer_norm.weight", "enc.output_norm.weight"));

    public static WeightMap For(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Contains("token_embd.weight") ? LlamaCpp : Transformers;
    }

    /// <summary>Stored beside the encoder and not used by it: the second name of the embedding, a decoder, a language-model head.</summary>
    public static bool Ignorable(string name) =>
        name is "encoder.embed_tokens.weight" or "lm_head.weight" or "spiece_model"
        || name.StartsWith("decoder.", StringComparison.Ordinal) || name.StartsWith("dec.", StringComparison.Ordinal);
}
