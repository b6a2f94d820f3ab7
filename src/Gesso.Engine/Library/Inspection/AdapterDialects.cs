using Gesso.Formats;

namespace Gesso.Engine.Library.Inspection;

/// <summary>Recognises adapters by the names of their tensors (engine.md §2.3, lora.md).</summary>
internal static class AdapterDialects
{
    /// <summary>"LoRA (kohya), rank 16", or null when the file is no adapter.</summary>
    public static string? Describe(ITensorFile file)
    {
        string[] names = [.. file.Tensors.Keys];
        bool Any(Func<string, bool> test) => names.Any(test);
        bool Has(string part) => Any(n => n.Contains(part, StringComparison.Ordinal));
        bool Starts(string prefix) => Any(n => n.StartsWith(prefix, StringComparison.Ordinal));

        bool pairs = Has(".lora_down.") || Has(".lora_up.") || Has(".lora_A.") || Has(".lora_B.");
        string? kind = Has("lokr_w") ? "LoKr" : Has("hada_w") ? "LoHa" : Has(".processor.") && Has("_lora") ? "LoRA"
            : Has("dora_scale") || Has("lora_magnitude_vector") ? "DoRA" : pairs ? "LoRA" : Any(n => n.EndsWith(".diff", StringComparison.Ordinal)) ? "difference" : null;
        if (kind is null)
            return null;
        string dialect = Has(".processor.") && Has("_lora") ? "XLabs"
            : Starts("lora_transformer_") ? "OneTrainer"
            : Starts("lycoris_") ? "LyCORIS"
            : Starts("lora_unet_") || Starts("lora_te") ? "kohya"
            : Starts("diffusion_model.") ? "ComfyUI, ai-toolkit"
            : Starts("transformer.") || Starts("base_model.model.") || Starts("text_encoder") ? "PEFT, diffusers"
            : Any(n => n.EndsWith(".lora_B.bias", StringComparison.Ordinal)) ? "BFL control"
            : Starts("double_blocks.") || Starts("single_blocks.") ? "BFL names"
            : "names of no known trainer";
        return $"{kind} ({dialect}){(Rank(file) is { } rank ? $", rank {rank}" : "")}";
    }

    /// <summary>The most frequent inner width of the pairs.</summary>
    private static long? Rank(ITensorFile file)
    {
        long[] ranks = [.. file.Tensors.Values
            .Where(t => t.Shape.Count >= 2 && (t.Name.Contains("lora_down", StringComparison.Ordinal) || t.Name.Contains("lora_A", StringComparison.Ordinal)
                || t.Name.EndsWith(".down.weight", StringComparison.Ordinal) || t.Name.EndsWith("hada_w1_b", StringComparison.Ordinal) || t.Name.EndsWith("lokr_w2_b", StringComparison.Ordinal)))
            .Select(t => t.Shape[0])];
        return ranks.Length == 0 ? null : ranks.GroupBy(r => r).OrderByDescending(g => g.Count()).First().Key;
    }
}
