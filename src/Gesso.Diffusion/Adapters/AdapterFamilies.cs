namespace Gesso.Diffusion.Adapters;

/// <summary>For which model an adapter was made that is not FLUX.1, told by the names of its layers and what its trainer wrote.</summary>
internal static class AdapterFamilies
{
    /// <summary>First mark that is found decides. Dots are written as underscores.</summary>
    private static readonly (string Mark, string What)[] Marks =
    [
        ("double_stream_modulation", "FLUX.2"), ("single_stream_modulation", "FLUX.2"), ("attn_to_qkv_mlp_proj", "FLUX.2"),
        ("distilled_guidance_layer", "Chroma"),
        ("joint_blocks_", "Stable Diffusion 3"),
        ("down_blocks_", "Stable Diffusion 1, 2 or XL"), ("input_blocks_", "Stable Diffusion 1, 2 or XL"), ("mid_block_", "Stable Diffusion 1, 2 or XL"),
        ("middle_block_", "Stable Diffusion 1, 2 or XL"), ("up_blocks_", "Stable Diffusion 1, 2 or XL"),
        ("individual_token_refiner", "HunyuanVideo"), ("img_mod_1", "Qwen-Image"), ("noise_refiner_", "Z-Image or Lumina"), ("context_refiner_", "Z-Image or Lumina"),
        ("cross_attn_norm", "Wan"), ("blocks_0_cross_attn", "Wan"), ("blocks_0_self_attn", "Wan"), ("caption_projection", "PixArt"), ("transformer_blocks_0_attn1", "LTX or PixArt"),
    ];

    /// <summary>The width of Stable Diffusion XL's text states, at which its attention tells it from 1 and 2.</summary>
    private const long XlContext = 2048;

    /// <summary>Null: nothing tells.</summary>
    public static string? Of(LoraFile file)
    {
        var names = file.Modules.Select(m => m.Name.Replace('.', '_')).ToArray();
        string? found = Marks.FirstOrDefault(m => names.Any(n => n.Contains(m.Mark, StringComparison.Ordinal))).What;
        if (found is not null && found.StartsWith("Stable Diffusion 1", StringComparison.Ordinal))
        {
            bool xl = names.Any(n => n.StartsWith("lora_te2_", StringComparison.Ordinal))
                || file.Modules.Any(m => m.Name.Contains("attn2", StringComparison.Ordinal) && m.Tensors.TryGetValue(LoraRole.Down, out var down) && down.Shape.Count > 1 && down.Shape[1] == XlContext);
            return xl ? "Stable Diffusion XL" : found;
        }
        return found ?? Told(file.Metadata);
    }

    private static string? Told(IReadOnlyDictionary<string, string> metadata)
    {
        string? told = metadata.GetValueOrDefault("modelspec.architecture") ?? metadata.GetValueOrDefault("ss_base_model_version");
        bool flux1 = told is null || told.StartsWith("flux1", StringComparison.OrdinalIgnoreCase) || told.StartsWith("flux-1", StringComparison.OrdinalIgnoreCase)
            || told.StartsWith("flux.1", StringComparison.OrdinalIgnoreCase);
        return flux1 ? null : $"\"{told}\" (as its header says)";
    }
}
