using Gesso.Torch.Weights;

namespace Gesso.Models.Clip;

/// <summary>Names of CLIP text encoders: transformers' own, with or without the <c>text_model</c> prefix.</summary>
public static class ClipWeightMaps
{
    public static WeightMap Transformers { get; } = WeightMap.Identity("transformers");

    public static WeightMap Bare { get; } = new("transformers without text_model",
        WeightRule.Same("text_model.embeddings.token_embedding.weight", "embeddings.token_embedding.weight"),
        WeightRule.Same("text_model.embeddings.position_embedding.weight", "embeddings.position_embedding.weight"),
        WeightRule.Same("text_model.encoder.layers.{n}.self_attn.q_proj.*", "encoder.layers.{n}.self_attn.q_proj.*"),
        WeightRule.Same("text_model.encoder.layers.{n}.self_attn.k_proj.*", "encoder.layers.{n}.self_attn.k_proj.*"),
        WeightRule.Same("text_model.encoder.layers.{n}.self_attn.v_proj.*", "encoder.layers.{n}.self_attn.v_proj.*"),
        WeightRule.Same("text_model.encoder.layers.{n}.self_attn.out_proj.*", "encoder.layers.{n}.self_attn.out_proj.*"),
        WeightRule.Same("text_model.encoder.layers.{n}.layer_norm1.*", "encoder.layers.{n}.layer_norm1.*"),
        WeightRule.Same("text_model.encoder.layers.{n}.layer_norm2.*", "encoder.layers.{n}.layer_norm2.*"),
        WeightRule.Same("text_model.encoder.layers.{n}.mlp.fc1.*", "encoder.layers.{n}.mlp.fc1.*"),
        WeightRule.Same("text_model.encoder.layers.{n}.mlp.fc2.*", "encoder.layers.{n}.mlp.fc2.*"),
        WeightRule.Same("text_model.final_layer_norm.*", "final_layer_norm.*"));

    public static WeightMap For(WeightSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Contains("embeddings.token_embedding.weight") ? Bare : Transformers;
    }

    /// <summary>Stored beside the text encoder and not used by FLUX: position ids, projections, the vision tower.</summary>
    public static bool Ignorable(string name) =>
        name.EndsWith("position_ids", StringComparison.Ordinal) || name is "logit_scale" or "text_projection.weight" or "text_projection"
        || name.StartsWith("vision_model.", StringComparison.Ordinal) || name.StartsWith("visual_projection", StringComparison.Ordinal);
}
