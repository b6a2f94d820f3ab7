namespace Gesso.Contracts.Images;

/// <summary>A finished picture.</summary>
/// <param name="Index">0-based place in the request.</param>
/// <param name="Picture">RGB.</param>
/// <param name="Seed">The seed that repeats it.</param>
public sealed record ImageResult(int Index, RasterImage Picture, Seed Seed);

/// <summary>Progress of a generation: one after each denoising step, and a last one a picture that carries the result.</summary>
public sealed record GenerationStep
{
    /// <summary>0-based request of a batch; 0 where one request is drawn alone.</summary>
    public int Request { get; init; }

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

    /// <summary>
    /// Saves the picture as it stands after this step: another process with the same model and request continues from these bytes and draws the same
    /// picture. Call it on the thread that pulls the steps and before pulling the next one; later it fails. Null on the event that carries the result.
    /// </summary>
    public Func<byte[]>? SaveCheckpoint { get; init; }
}
