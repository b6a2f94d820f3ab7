using Gesso.Contracts.Errors;

namespace Gesso.Typography.Scene;

/// <summary>How much of a plate's looks the ink takes on. The defaults are what a sign painter's paint would show.</summary>
public sealed record SceneOptions
{
    public const double MostSoftness = 8;

    /// <summary>Light and shadow, 0 (none: the ink glows) … 1 (all of the plate's).</summary>
    public double Shading { get; init; } = 1;

    /// <summary>Noise, 0 … 1 (the plate's own).</summary>
    public double Grain { get; init; } = 1;

    /// <summary>σ of the ink's edges in pixels, 0 … 8; null: as soft as the picture's own edges.</summary>
    public double? Softness { get; init; }

    /// <summary>0 … 1; below 1 the plate shows through.</summary>
    public double Opacity { get; init; } = 1;

    /// <exception cref="GessoException"><c>out_of_range</c>.</exception>
    public void Validate()
    {
        Require(nameof(Shading), Shading, 1);
        Require(nameof(Grain), Grain, 1);
        Require(nameof(Opacity), Opacity, 1);
        if (Softness is { } softness)
            Require(nameof(Softness), softness, MostSoftness);
    }

    private static void Require(string name, double value, double most)
    {
        if (!(value >= 0 && value <= most))
            throw GessoException.Invalid("out_of_range", $"{name}: expected 0 to {most}, got {value}.");
    }
}
