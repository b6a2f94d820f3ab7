using Gesso.Contracts.Errors;

namespace Gesso.Diffusion.Schedules;

/// <summary>
/// The noise levels of one run, from (nearly) 1 = pure noise down to 0 = picture: x(σ) = σ · noise + (1 − σ) · picture
/// (rectified flow, arXiv 2209.03003; diffusers FlowMatchEulerDiscreteScheduler).
/// </summary>
public sealed class FlowSchedule
{
    private FlowSchedule(float[] sigmas) => Sigmas = sigmas;

    /// <summary>One more than steps; the last is 0.</summary>
    public IReadOnlyList<float> Sigmas { get; }

    public int Steps => Sigmas.Count - 1;

    /// <summary>σ from 1 to 1/n in equal parts, each shifted: σ' = e^μ / (e^μ + 1/σ − 1).</summary>
    /// <param name="steps">At least 1.</param>
    /// <param name="mu">Shift exponent; null: none.</param>
    public static FlowSchedule Create(int steps, double? mu) => CreateTail(steps, steps, mu);

    /// <summary>The last <paramref name="steps"/> steps of a schedule of <paramref name="total"/>, without making the rest (ComfyUI's denoise).</summary>
    /// <param name="total">Steps of the whole schedule; at least <paramref name="steps"/>.</param>
    /// <param name="steps">At least 1.</param>
    /// <param name="mu">Shift exponent; null: none.</param>
    public static FlowSchedule CreateTail(int total, int steps, double? mu)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(total, steps);
        if (steps < 1)
            throw GessoException.Invalid("bad_steps", $"A schedule has at least 1 step; got {steps}.");
        float[] sigmas = new float[steps + 1];
        for (int i = 0; i < steps; i++)
        {
            double sigma = (double)(steps - i) / total;
            sigmas[i] = (float)(mu is { } m ? Shift((float)sigma, m) : sigma);
        }
        return new FlowSchedule(sigmas);
    }

    /// <summary>A schedule given by its levels: falling, the last 0.</summary>
    public static FlowSchedule FromSigmas(IReadOnlyList<float> sigmas)
    {
        ArgumentNullException.ThrowIfNull(sigmas);
        bool falling = sigmas.Count >= 2 && sigmas[^1] == 0 && sigmas[0] <= 1;
        for (int i = 1; falling && i < sigmas.Count; i++)
            falling = sigmas[i] < sigmas[i - 1];
        if (!falling)
            throw GessoException.Invalid("bad_sigmas", $"Noise levels must fall from at most 1 to 0; got {string.Join(", ", sigmas)}.");
        return new FlowSchedule([.. sigmas]);
    }

    /// <summary>e^μ / (e^μ + 1/σ − 1); also used to draw training times.</summary>
    public static double Shift(double sigma, double mu)
    {
        double factor = Math.Exp(mu);
        return factor / (factor + (1 / sigma - 1));
    }

    /// <summary>Steps at the start of a schedule that a given picture makes needless.</summary>
    public static int Skipped(int steps, double strength) => (int)Math.Max(steps - Math.Min(steps * strength, steps), 0);

    /// <summary>
    /// What is left to do when a picture is given: the first (1 − strength) of the steps is skipped
    /// (diffusers FluxImg2ImgPipeline.get_timesteps).
    /// </summary>
    /// <param name="strength">0 … 1; 1 runs everything.</param>
    /// <exception cref="GessoException"><c>strength_too_low</c> when no step is left.</exception>
    public FlowSchedule From(double strength)
    {
        int start = Skipped(Steps, strength);
        if (start >= Steps)
        {
            throw GessoException.Invalid("strength_too_low",
                $"Strength {strength:0.###} leaves none of the {Steps} steps to run; take a strength of at least {1.0 / Steps:0.###} or more steps.");
        }
        return new FlowSchedule([.. Sigmas.Skip(start)]);
    }
}
