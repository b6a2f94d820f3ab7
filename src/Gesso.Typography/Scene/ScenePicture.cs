using Gesso.Contracts.Images;

namespace Gesso.Typography.Scene;

/// <summary>A picture with text on something in it.</summary>
/// <param name="Picture">Outside <paramref name="Mask"/> bit-identical to the picture before.</param>
/// <param name="Mask">Coverage of the ink, one channel of the picture's size: 0 where nothing was touched.</param>
/// <param name="Measures">What the placing found and did.</param>
public sealed record ScenePicture(RasterImage Picture, RasterImage Mask, SceneMeasures Measures);

/// <summary>What the placing of a text found in the picture.</summary>
public sealed record SceneMeasures
{
    /// <summary>σ of the picture's edges near the surface, in pixels.</summary>
    public required double Softness { get; init; }

    /// <summary>σ of the plate's grain, in bytes.</summary>
    public required double Grain { get; init; }

    /// <summary>Light under the ink where it is darkest, compared with the plate's middle; 1 is evenly lit.</summary>
    public required double DarkestShade { get; init; }

    public required double BrightestShade { get; init; }

    /// <summary>Of ink and plate, as WCAG defines it, 1 … 21: from the picture as it is, shadows included. 1 where there is no ink.</summary>
    public required double Contrast { get; init; }
}
