using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Server.Hosting;

namespace Gesso.Server.Jobs;

/// <summary>A model as callers meet it.</summary>
/// <param name="Name">In the configuration, or as a worker calls it.</param>
/// <param name="Aliases">Further names.</param>
/// <param name="Card">Defaults and limits; null: no worker has opened it yet.</param>
/// <param name="SecondsPerUnit">Device seconds for a megapixel and step; null: not measured yet.</param>
/// <param name="IsNull">Answers without drawing.</param>
/// <param name="Workers">Workers that draw with it now.</param>
/// <param name="Problem">Why a worker cannot, when none can.</param>
internal sealed record ServedModel(
    string Name, IReadOnlyList<string> Aliases, ModelCard? Card, double? SecondsPerUnit, bool IsNull, int Workers, string? Problem)
{
    public bool IsReady => Workers > 0;

    /// <summary>What the null engine says of itself: any size, a fixed number of steps.</summary>
    public static ModelCard NullCard(string name, ModelOptions options) => new()
    {
        Name = name,
        Variant = "null",
        Path = "",
        Fingerprint = "",
        Defaults = new ModelDefaults
        {
            Size = new ImageSize(1024, 1024),
            Steps = options.NullSteps,
            Guidance = 0,
            TrueGuidance = 1,
            NegativePrompt = "",
            TextLength = 256,
            Sampler = "euler",
        },
        PixelStep = 16,
        MaxTextLength = 512,
        TakesGuidance = false,
    };
}
