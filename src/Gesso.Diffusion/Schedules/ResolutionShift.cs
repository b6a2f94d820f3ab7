using System.Text.Json;

namespace Gesso.Diffusion.Schedules;

/// <summary>
/// How far a schedule is moved towards noise: larger pictures need more time at high noise (Stable Diffusion 3, arXiv 2403.03206 §5.3.2).
/// </summary>
public abstract record ResolutionShift
{
    /// <summary>The exponent μ of the shift e^μ, or null for none.</summary>
    /// <param name="imageTokens">Packed image tokens; no text, no references.</param>
    /// <param name="steps">Denoising steps.</param>
    public abstract double? Mu(int imageTokens, int steps);

    /// <summary>Straight line through two points, not clamped (FLUX.1 dev; flux/sampling.py get_lin_function).</summary>
    public sealed record Linear(double BaseTokens = 256, double BaseMu = 0.5, double MaxTokens = 4096, double MaxMu = 1.15) : ResolutionShift
    {
        public override double? Mu(int imageTokens, int steps)
        {
            double slope = (MaxMu - BaseMu) / (MaxTokens - BaseTokens);
            return imageTokens * slope + (BaseMu - slope * BaseTokens);
        }
    }

    /// <summary>The same μ for every size: 0 or null for none (schnell), 1.15 in ComfyUI for dev.</summary>
    public sealed record Fixed(double? Value) : ResolutionShift
    {
        public override double? Mu(int imageTokens, int steps) => Value;
    }

    /// <summary>FLUX.2: two lines fitted at 10 and 200 steps, interpolated by the step count (flux2 sampling.py compute_empirical_mu).</summary>
    public sealed record Empirical : ResolutionShift
    {
        public override double? Mu(int imageTokens, int steps)
        {
            double at10 = 8.73809524e-05 * imageTokens + 1.89833333;
            double at200 = 0.00016927 * imageTokens + 0.45666666;
            if (imageTokens > 4300)
                return at200;
            double slope = (at200 - at10) / 190.0;
            return slope * steps + (at200 - 200.0 * slope);
        }
    }

    /// <summary>From <c>scheduler/scheduler_config.json</c> of a diffusers folder.</summary>
    public static ResolutionShift FromDiffusers(JsonElement json)
    {
        double Number(string name, double fallback) =>
            json.TryGetProperty(name, out var v) && v.ValueKind == JsonValueKind.Number ? v.GetDouble() : fallback;
        if (json.TryGetProperty("use_dynamic_shifting", out var dynamic) && dynamic.ValueKind == JsonValueKind.True)
            return new Linear(Number("base_image_seq_len", 256), Number("base_shift", 0.5), Number("max_image_seq_len", 4096), Number("max_shift", 1.15));
        double shift = Number("shift", 1);
        // a fixed factor s is the same formula with e^μ = s
        return new Fixed(shift == 1 ? null : Math.Log(shift));
    }
}
