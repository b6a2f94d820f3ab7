using System.Text.RegularExpressions;

namespace Gesso.Diffusion.Adapters;

/// <summary>What one tensor of an adapter file is to its layer.</summary>
public enum LoraRole
{
    /// <summary>A of B·A: lora_down, lora_A.</summary>
    Down,

    /// <summary>B of B·A: lora_up, lora_B.</summary>
    Up,

    /// <summary>Added to the answer with B·A (BFL control).</summary>
    UpBias,

    /// <summary>Numerator of the scale alpha / rank.</summary>
    Alpha,

    /// <summary>Norms of the rows (or columns) of the adapted weight: dora_scale, lora_magnitude_vector.</summary>
    Magnitude,

    KroneckerFirst,
    KroneckerFirstUp,
    KroneckerFirstDown,
    KroneckerSecond,
    KroneckerSecondUp,
    KroneckerSecondDown,
    HadamardFirstUp,
    HadamardFirstDown,
    HadamardSecondUp,
    HadamardSecondDown,

    /// <summary>ΔW in full, or the difference of a norm's scale.</summary>
    Difference,
    BiasDifference,

    /// <summary>A parameter's new values, not their difference (norm scales of BFL control).</summary>
    Value,

    /// <summary>Of a method or a kind of layer that FLUX adapters of these dialects do not have.</summary>
    Unsupported,
}

/// <summary>A tensor's name taken apart: the layer as the file calls it, and the role.</summary>
internal readonly partial record struct LoraKey(string Module, LoraRole Role)
{
    private static readonly Dictionary<string, LoraRole> Factors = new()
    {
        ["lokr_w1"] = LoraRole.KroneckerFirst,
        ["lokr_w1_a"] = LoraRole.KroneckerFirstUp,
        ["lokr_w1_b"] = LoraRole.KroneckerFirstDown,
        ["lokr_w2"] = LoraRole.KroneckerSecond,
        ["lokr_w2_a"] = LoraRole.KroneckerSecondUp,
        ["lokr_w2_b"] = LoraRole.KroneckerSecondDown,
        ["hada_w1_a"] = LoraRole.HadamardFirstUp,
        ["hada_w1_b"] = LoraRole.HadamardFirstDown,
        ["hada_w2_a"] = LoraRole.HadamardSecondUp,
        ["hada_w2_b"] = LoraRole.HadamardSecondDown,
        ["alpha"] = LoraRole.Alpha,
        ["dora_scale"] = LoraRole.Magnitude,
        ["diff"] = LoraRole.Difference,
        ["w_norm"] = LoraRole.Difference,
        ["diff_b"] = LoraRole.BiasDifference,
        ["b_norm"] = LoraRole.BiasDifference,
        ["set_weight"] = LoraRole.Value,
        ["scale"] = LoraRole.Value,
        ["weight"] = LoraRole.Value,
    };

    public static LoraKey? Parse(string name)
    {
        if (Pair().Match(name) is { Success: true } pair)
        {
            bool down = pair.Groups["side"].Value is "A" or "down";
            bool bias = pair.Groups["leaf"].Value == "bias";
            LoraRole role = pair.Groups["side"].Value == "mid" || (down && bias) ? LoraRole.Unsupported : bias ? LoraRole.UpBias : down ? LoraRole.Down : LoraRole.Up;
            return new LoraKey(pair.Groups["module"].Value, role);
        }
        if (Plain().Match(name) is { Success: true } plain)
            return new LoraKey(plain.Groups["module"].Value, plain.Groups["side"].Value == "down" ? LoraRole.Down : LoraRole.Up);
        if (Vector().Match(name) is { Success: true } vector)
            return new LoraKey(vector.Groups["module"].Value, LoraRole.Magnitude);
        if (Foreign().Match(name) is { Success: true } foreign)
            return new LoraKey(foreign.Groups["module"].Value, LoraRole.Unsupported);
        int dot = name.LastIndexOf('.');
        return dot > 0 && Factors.TryGetValue(name[(dot + 1)..], out var known) ? new LoraKey(name[..dot], known) : null;
    }

    /// <summary>PEFT puts the adapter's name before the last segment when it saves several: <c>to_q.lora_A.default.weight</c>.</summary>
    [GeneratedRegex(@"^(?<module>.+)\.lora_(?<side>A|B|down|up|mid)(\.[^.]+)?\.(?<leaf>weight|bias)$")]
    private static partial Regex Pair();

    [GeneratedRegex(@"^(?<module>.+?)(\.lora)?\.(?<side>down|up)\.weight$")]
    private static partial Regex Plain();

    [GeneratedRegex(@"^(?<module>.+)\.lora_magnitude_vector(\.[^.]+)?(\.weight)?$")]
    private static partial Regex Vector();

    [GeneratedRegex(@"^(?<module>.+)\.(lokr_t[12]|hada_t[12]|oft_[a-z]+|boft_[a-z]+|on_input|a[12]\.weight|b[12]\.weight|dyn_up|dyn_down|diag|vera_[a-z_]+)$")]
    private static partial Regex Foreign();
}
