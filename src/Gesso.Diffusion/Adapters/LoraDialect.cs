namespace Gesso.Diffusion.Adapters;

/// <summary>Whose names an adapter file uses. Telling them apart is for people and for writing; reading takes every name in any mixture.</summary>
public enum LoraDialect
{
    /// <summary>sd-scripts: <c>lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight</c></summary>
    Kohya,

    /// <summary>diffusers, PEFT: <c>transformer.transformer_blocks.0.attn.to_q.lora_A.weight</c></summary>
    Diffusers,

    /// <summary>ComfyUI, ai-toolkit: <c>diffusion_model.double_blocks.0.img_attn.qkv.lora_A.weight</c></summary>
    Comfy,

    /// <summary><c>lora_transformer_transformer_blocks_0_attn_to_q.lora_down.weight</c></summary>
    OneTrainer,

    /// <summary><c>double_blocks.0.processor.qkv_lora1.down.weight</c></summary>
    XLabs,

    /// <summary>FLUX.1 Canny and Depth as adapters: bare BFL names, biases, norm scales, a wider img_in.</summary>
    BflControl,

    /// <summary>PEFT's own wrapper, as fal writes it: <c>base_model.model.…</c></summary>
    Peft,

    /// <summary><c>lycoris_double_blocks_0_img_attn_qkv.lokr_w1</c></summary>
    Lycoris,

    /// <summary>The network's own names without a prefix.</summary>
    Bare,
}

/// <summary>Recognises dialects and says them.</summary>
public static class LoraDialects
{
    public static string Title(this LoraDialect dialect) => dialect switch
    {
        LoraDialect.Kohya => "kohya",
        LoraDialect.Diffusers => "diffusers, PEFT",
        LoraDialect.Comfy => "ComfyUI, ai-toolkit",
        LoraDialect.OneTrainer => "OneTrainer",
        LoraDialect.XLabs => "XLabs",
        LoraDialect.BflControl => "BFL control",
        LoraDialect.Peft => "PEFT, fal",
        LoraDialect.Lycoris => "LyCORIS",
        _ => "plain names",
    };

    internal static LoraDialect Of(IEnumerable<LoraModule> modules)
    {
        LoraModule[] all = [.. modules];
        bool Starts(string prefix) => all.Any(m => m.Name.StartsWith(prefix, StringComparison.Ordinal));
        return all.Any(m => m.Name.Contains(".processor.", StringComparison.Ordinal)) ? LoraDialect.XLabs
            : Starts("lora_transformer_") ? LoraDialect.OneTrainer
            : Starts("lycoris_") ? LoraDialect.Lycoris
            : Starts("lora_unet_") || Starts("lora_te") ? LoraDialect.Kohya
            : Starts("diffusion_model.") ? LoraDialect.Comfy
            : Starts("base_model.model.") ? LoraDialect.Peft
            : Starts("transformer.") || Starts("text_encoder") ? LoraDialect.Diffusers
            : all.Any(m => m.Has(LoraRole.UpBias)) ? LoraDialect.BflControl
            : LoraDialect.Bare;
    }
}
