using Gesso.Torch.Weights;
using static Gesso.Torch.Weights.RowLayout;

namespace Gesso.Models.Flux;

/// <summary>
/// Names of FLUX.1 transformers. Canonical are BFL's fused names, which ComfyUI and GGUF files share; diffusers splits q, k, v and stores
/// the final modulation as (scale, shift) (diffusers scripts/convert_flux_to_diffusers.py).
/// </summary>
public static class FluxWeightMaps
{
    /// <summary>BFL, ComfyUI, GGUF; newer ComfyUI files write <c>.weight</c> where BFL writes <c>.scale</c>.</summary>
    public static WeightMap Bfl { get; } = new("BFL",
        Scale("double_blocks.{n}.img_attn.norm.query_norm"), Scale("double_blocks.{n}.img_attn.norm.key_norm"),
        Scale("double_blocks.{n}.txt_attn.norm.query_norm"), Scale("double_blocks.{n}.txt_attn.norm.key_norm"),
        Scale("single_blocks.{n}.norm.query_norm"), Scale("single_blocks.{n}.norm.key_norm"));

    public static WeightMap Diffusers { get; } = new("diffusers",
        WeightRule.Same("img_in.*", "x_embedder.*"),
        WeightRule.Same("txt_in.*", "context_embedder.*"),
        WeightRule.Same("time_in.in_layer.*", "time_text_embed.timestep_embedder.linear_1.*"),
        WeightRule.Same("time_in.out_layer.*", "time_text_embed.timestep_embedder.linear_2.*"),
        WeightRule.Same("guidance_in.in_layer.*", "time_text_embed.guidance_embedder.linear_1.*"),
        WeightRule.Same("guidance_in.out_layer.*", "time_text_embed.guidance_embedder.linear_2.*"),
        WeightRule.Same("vector_in.in_layer.*", "time_text_embed.text_embedder.linear_1.*"),
        WeightRule.Same("vector_in.out_layer.*", "time_text_embed.text_embedder.linear_2.*"),

        WeightRule.Same("double_blocks.{n}.img_mod.lin.*", "transformer_blocks.{n}.norm1.linear.*"),
        WeightRule.Same("double_blocks.{n}.txt_mod.lin.*", "transformer_blocks.{n}.norm1_context.linear.*"),
        Stack("double_blocks.{n}.img_attn.qkv.*", "transformer_blocks.{n}.attn", "to_q", "to_k", "to_v"),
        Stack("double_blocks.{n}.txt_attn.qkv.*", "transformer_blocks.{n}.attn", "add_q_proj", "add_k_proj", "add_v_proj"),
        WeightRule.Same("double_blocks.{n}.img_attn.norm.query_norm.scale", "transformer_blocks.{n}.attn.norm_q.weight"),
        WeightRule.Same("double_blocks.{n}.img_attn.norm.key_norm.scale", "transformer_blocks.{n}.attn.norm_k.weight"),
        WeightRule.Same("double_blocks.{n}.txt_attn.norm.query_norm.scale", "transformer_blocks.{n}.attn.norm_added_q.weight"),
        WeightRule.Same("double_blocks.{n}.txt_attn.norm.key_norm.scale", "transformer_blocks.{n}.attn.norm_added_k.weight"),
        WeightRule.Same("double_blocks.{n}.img_attn.proj.*", "transformer_blocks.{n}.attn.to_out.0.*"),
        WeightRule.Same("double_blocks.{n}.txt_attn.proj.*", "transformer_blocks.{n}.attn.to_add_out.*"),
        WeightRule.Same("double_blocks.{n}.img_mlp.0.*", "transformer_blocks.{n}.ff.net.0.proj.*"),
        WeightRule.Same("double_blocks.{n}.img_mlp.2.*", "transformer_blocks.{n}.ff.net.2.*"),
        WeightRule.Same("double_blocks.{n}.txt_mlp.0.*", "transformer_blocks.{n}.ff_context.net.0.proj.*"),
        WeightRule.Same("double_blocks.{n}.txt_mlp.2.*", "transformer_blocks.{n}.ff_context.net.2.*"),

        WeightRule.Same("single_blocks.{n}.modulation.lin.*", "single_transformer_blocks.{n}.norm.linear.*"),
        new WeightRule("single_blocks.{n}.linear1.*", Stacked,
            "single_transformer_blocks.{n}.attn.to_q.*", "single_transformer_blocks.{n}.attn.to_k.*", "single_transformer_blocks.{n}.attn.to_v.*",
            "single_transformer_blocks.{n}.proj_mlp.*"),
        WeightRule.Same("single_blocks.{n}.linear2.*", "single_transformer_blocks.{n}.proj_out.*"),
        WeightRule.Same("single_blocks.{n}.norm.query_norm.scale", "single_transformer_blocks.{n}.attn.norm_q.weight"),
        WeightRule.Same("single_blocks.{n}.norm.key_norm.scale", "single_transformer_blocks.{n}.attn.norm_k.weight"),

        new WeightRule("final_layer.adaLN_modulation.1.*", SwappedHalves, "norm_out.linear.*"),
        WeightRule.Same("final_layer.linear.*", "proj_out.*"));

    private static WeightRule Scale(string norm) => WeightRule.Same(norm + ".scale", norm + ".scale", norm + ".weight");

    private static WeightRule Stack(string canonical, string parent, params string[] names) =>
        new(canonical, Stacked, [.. names.Select(n => $"{parent}.{n}.*")]);
}
