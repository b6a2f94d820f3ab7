using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;

namespace Gesso.Training.Buckets;

/// <summary>Which sizes pictures are trained at; kohya's words are beside each member.</summary>
public sealed record BucketOptions
{
    /// <summary>The area that every bucket has at most (resolution).</summary>
    public required ImageSize Resolution { get; init; }

    /// <summary>False: every picture is scaled and cropped to <see cref="Resolution"/> (enable_bucket).</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Shortest side (min_bucket_reso).</summary>
    public int Shortest { get; init; } = 256;

    /// <summary>Longest side (max_bucket_reso).</summary>
    public int Longest { get; init; } = 1024;

    /// <summary>Sides are multiples of this (bucket_reso_steps).</summary>
    public int Step { get; init; } = 64;

    /// <summary>Pictures smaller than the area stay small (bucket_no_upscale).</summary>
    public bool NeverEnlarge { get; init; }

    /// <param name="pixelStep">Sides that the model can draw are multiples of this.</param>
    public BucketOptions Validate(int pixelStep)
    {
        Require(Resolution.Width >= pixelStep && Resolution.Height >= pixelStep && Resolution.Width % pixelStep == 0 && Resolution.Height % pixelStep == 0,
            $"Resolution: expected sides that are multiples of {pixelStep}, got {Resolution}.");
        if (!Enabled)
            return this;
        Require(Step >= pixelStep && Step % pixelStep == 0, $"Bucket step: expected a multiple of {pixelStep}, got {Step}.");
        Require(Shortest >= Step && Shortest % Step == 0, $"Shortest bucket side: expected a multiple of the step {Step}, got {Shortest}.");
        Require(Longest >= Shortest && Longest % Step == 0, $"Longest bucket side: expected a multiple of the step {Step} from {Shortest} up, got {Longest}.");
        Require(Longest >= Resolution.Width && Longest >= Resolution.Height, $"Longest bucket side: expected at least the resolution {Resolution}, got {Longest}.");
        return this;
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw GessoException.Invalid("out_of_range", message);
    }
}
