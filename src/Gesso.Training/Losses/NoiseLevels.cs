using Gesso.Contracts.Errors;
using Gesso.Diffusion.Schedules;

namespace Gesso.Training.Losses;

/// <summary>How noise levels are drawn for training (kohya's timestep_sampling).</summary>
public enum TimestepSampling
{
    /// <summary>Every level alike.</summary>
    Uniform,

    /// <summary>sigmoid(k·n): the middle more often (logit-normal; Stable Diffusion 3, arXiv 2403.03206 §3.1).</summary>
    Sigmoid,

    /// <summary>The same, moved towards noise by a fixed factor.</summary>
    Shift,

    /// <summary>The same, moved by the size of the picture as FLUX does when it draws.</summary>
    FluxShift,

    /// <summary>sigmoid(mean + std·n).</summary>
    LogitNormal,
}

/// <summary>Draws become noise levels: 0 picture, 1 noise. The shift is the one of drawing (<see cref="FlowSchedule.Shift"/>).</summary>
public sealed record NoiseLevels
{
    private static readonly ResolutionShift.Linear BySize = new();

    public TimestepSampling Sampling { get; init; } = TimestepSampling.FluxShift;

    /// <summary>k of the sigmoid (sigmoid_scale).</summary>
    public double SigmoidScale { get; init; } = 1;

    /// <summary>Factor of <see cref="TimestepSampling.Shift"/> (discrete_flow_shift).</summary>
    public double ShiftFactor { get; init; } = 3;

    /// <summary>Of <see cref="TimestepSampling.LogitNormal"/> (logit_mean).</summary>
    public double LogitMean { get; init; }

    /// <summary>Of <see cref="TimestepSampling.LogitNormal"/> (logit_std).</summary>
    public double LogitDeviation { get; init; } = 1;

    /// <summary>Whether a draw is uniform in 0 … 1 instead of standard normal.</summary>
    public bool DrawsUniform => Sampling == TimestepSampling.Uniform;

    public NoiseLevels Validate()
    {
        Require(SigmoidScale > 0 && double.IsFinite(SigmoidScale), "Sigmoid scale: expected more than 0", SigmoidScale);
        Require(ShiftFactor > 0 && double.IsFinite(ShiftFactor), "Flow shift: expected more than 0", ShiftFactor);
        Require(LogitDeviation > 0 && double.IsFinite(LogitDeviation), "Logit deviation: expected more than 0", LogitDeviation);
        Require(double.IsFinite(LogitMean), "Logit mean: expected a number", LogitMean);
        return this;
    }

    /// <param name="draw">Uniform or standard normal, as <see cref="DrawsUniform"/> says.</param>
    /// <param name="imageTokens">Packed tokens of the picture.</param>
    public double Level(double draw, int imageTokens) => Sampling switch
    {
        TimestepSampling.Uniform => draw,
        TimestepSampling.Sigmoid => Sigmoid(SigmoidScale * draw),
        TimestepSampling.Shift => Shifted(Sigmoid(SigmoidScale * draw)),
        TimestepSampling.FluxShift => FlowSchedule.Shift(Sigmoid(SigmoidScale * draw), BySize.Mu(imageTokens, 1)!.Value),
        TimestepSampling.LogitNormal => Sigmoid(LogitMean + LogitDeviation * draw),
        _ => throw GessoException.Bug("unknown_sampling", $"{Sampling} is not a way to sample noise levels."),
    };

    private double Shifted(double level) => ShiftFactor * level / (1 + (ShiftFactor - 1) * level);

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static void Require(bool holds, string expected, double got)
    {
        if (!holds)
            throw GessoException.Invalid("out_of_range", $"{expected}, got {got}.");
    }
}
