namespace Gesso.Engine.Library.Hub;

/// <summary>A model that can be pulled by a short name.</summary>
/// <param name="Name">What the user types.</param>
/// <param name="Repo">Owner and name on the hub.</param>
/// <param name="License">The licence's name; the model's page has its text.</param>
/// <param name="ApproximateBytes">On the disk after the pull; rounded, the hub tells the exact size.</param>
/// <param name="Supported">Whether this engine runs it, for people.</param>
/// <param name="IsSupported">The same, for programs.</param>
public sealed record KnownModel(string Name, string Repo, string License, long ApproximateBytes, string Supported, bool IsSupported)
{
    private const string Apache = "Apache-2.0";
    private const string FluxDev = "FLUX.1 [dev] Non-Commercial License";
    private const string Flux2 = "FLUX Non-Commercial License";
    private const string Runs = "yes: text to image, image to image, inpainting";
    private const string Controlled = "yes: follows a control picture (--control-image)";
    private const long GB = 1_000_000_000;

    /// <summary>FLUX.1: transformer 23.8 GB, T5 9.5, CLIP 0.25, autoencoder 0.17, in bfloat16. FLUX.2: by parameter counts.</summary>
    public static IReadOnlyList<KnownModel> All { get; } =
    [
        new("flux-schnell", "black-forest-labs/FLUX.1-schnell", Apache, 34 * GB, Runs, true),
        new("flux-dev", "black-forest-labs/FLUX.1-dev", FluxDev, 34 * GB, Runs, true),
        new("flux-krea-dev", "black-forest-labs/FLUX.1-Krea-dev", FluxDev, 34 * GB, Runs, true),
        new("flux-fill-dev", "black-forest-labs/FLUX.1-Fill-dev", FluxDev, 34 * GB, "not yet: inpaint with flux-dev or flux-schnell and a mask", false),
        new("flux-kontext-dev", "black-forest-labs/FLUX.1-Kontext-dev", FluxDev, 34 * GB, "not yet: reference pictures are not fed", false),
        new("flux-canny-dev", "black-forest-labs/FLUX.1-Canny-dev", FluxDev, 34 * GB, Controlled, true),
        new("flux-depth-dev", "black-forest-labs/FLUX.1-Depth-dev", FluxDev, 34 * GB, Controlled, true),
        new("flux2-klein-4b", "black-forest-labs/FLUX.2-klein-4B", Apache, 16 * GB, "not yet: FLUX.2", false),
        new("flux2-klein-base-4b", "black-forest-labs/FLUX.2-klein-base-4B", Apache, 16 * GB, "not yet: FLUX.2", false),
        new("flux2-klein-9b", "black-forest-labs/FLUX.2-klein-9B", Flux2, 35 * GB, "not yet: FLUX.2", false),
        new("flux2-dev", "black-forest-labs/FLUX.2-dev", Flux2, 113 * GB, "not yet: FLUX.2", false),
    ];

    /// <summary><c>about 34 GB</c>.</summary>
    public string ApproximateSize => $"about {ApproximateBytes / GB} GB";

    /// <summary>By short name or by repo; null: not one of these.</summary>
    public static KnownModel? Find(string nameOrRepo) => All.FirstOrDefault(model =>
        string.Equals(model.Name, nameOrRepo, StringComparison.OrdinalIgnoreCase) || string.Equals(model.Repo, nameOrRepo, StringComparison.OrdinalIgnoreCase));
}
