namespace Gesso.Contracts.Images;

/// <summary>A finished picture.</summary>
/// <param name="Index">0-based place in the request.</param>
/// <param name="Picture">RGB.</param>
/// <param name="Seed">The seed that repeats it.</param>
public sealed record ImageResult(int Index, RasterImage Picture, Seed Seed);

/// <summary>Progress of a generation: one after each denoising step, and a last one a picture that carries the result.</summary>
public sealed record GenerationStep
{
    /// <summary>0-based picture of the request.</summary>
    public required int Image { get; init; }

    public required int Images { get; init; }

    /// <summary>Steps done of this picture.</summary>
    public required int Step { get; init; }

    public required int Steps { get; init; }

    /// <summary>What the picture looks like so far, when previews were asked for.</summary>
    public RasterImage? Preview { get; init; }

    /// <summary>Set on the last event of a picture.</summary>
    public ImageResult? Result { get; init; }
}
