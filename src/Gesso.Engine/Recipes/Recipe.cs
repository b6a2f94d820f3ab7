using System.Reflection;
using System.Security.Cryptography;
using Gesso.Contracts.Images;

namespace Gesso.Engine.Recipes;

/// <summary>
/// Everything needed to draw a picture again. Recipes of Gesso are complete; those read from other programs' pictures hold what they told, a null
/// member was not told. Initial picture, mask and control picture are named and hashed, not stored.
/// </summary>
public sealed record Recipe
{
    public required string Prompt { get; init; }

    /// <summary>The T5 prompt where it differs from <see cref="Prompt"/>.</summary>
    public string? Prompt2 { get; init; }

    /// <summary>The words that the prompt puts in quotation marks were kept from the network and laid in afterwards.</summary>
    public bool LaysWords { get; init; }

    /// <summary>How strongly the surface around the laid letters was redrawn; null: not.</summary>
    public double? TextRing { get; init; }

    public string? NegativePrompt { get; init; }

    public ImageSize? Size { get; init; }

    public int? Steps { get; init; }

    /// <summary>Distilled guidance.</summary>
    public double? Guidance { get; init; }

    /// <summary>True classifier-free guidance scale (CFG), 1 = off.</summary>
    public double? TrueGuidance { get; init; }

    /// <summary>Of this picture, not of the first one of its request.</summary>
    public Seed? Seed { get; init; }

    /// <summary>euler, dpmpp-2m, unipc or euler-ancestral.</summary>
    public string? Sampler { get; init; }

    public ParityMode? Parity { get; init; }

    public int? TextLength { get; init; }

    /// <summary>How much of the initial picture was redrawn.</summary>
    public double? Strength { get; init; }

    public RecipeModel? Model { get; init; }

    public RecipeFile? InitImage { get; init; }

    public RecipeFile? Mask { get; init; }

    /// <summary>What it follows.</summary>
    public RecipeFile? ControlImage { get; init; }

    /// <summary>Beside the weights or merged into them, which only rounding tells apart.</summary>
    public IReadOnlyList<RecipeAdapter> Adapters { get; init; } = [];

    /// <summary>Program and version: <c>gesso 0.1.0</c>.</summary>
    public string? Software { get; init; }

    /// <summary>What it was computed with: the same recipe gives the same bytes only there.</summary>
    public EngineFacts? Engine { get; init; }

    /// <summary>What another program wrote and Gesso has no word for, in its order; kept when the recipe is written again.</summary>
    public IReadOnlyList<RecipeExtra> Extras { get; init; } = [];

    /// <summary>This program: <c>gesso 0.1.0</c>.</summary>
    public static string CurrentSoftware { get; } = "gesso " + Version();

    /// <summary>The informational version without the commit behind a plus sign.</summary>
    private static string Version()
    {
        string? version = typeof(Recipe).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return (version ?? "0").Split('+')[0];
    }
}

/// <param name="Name">As the user calls it; null: not told.</param>
/// <param name="Hash">Of its content; other programs tell only the first ten hex digits of a SHA-256.</param>
public sealed record RecipeModel(string? Name, string? Hash);

/// <summary>An adapter (LoRA) it was drawn with.</summary>
/// <param name="Name">File name without folders and extension.</param>
/// <param name="Weight">1: as trained.</param>
/// <param name="Sha256">Of the file, 64 lower-case hex digits.</param>
public sealed record RecipeAdapter(string Name, double Weight, string Sha256);

/// <summary>A picture that went in.</summary>
/// <param name="Name">File name without folders; null: it had none.</param>
/// <param name="Sha256">Of the file's bytes (of the pixels, where there was no file), 64 lower-case hex digits.</param>
public sealed record RecipeFile(string? Name, string Sha256)
{
    /// <summary>Folders are left out of the name: they are nobody's business who gets the picture.</summary>
    public static RecipeFile Of(string? path, ReadOnlySpan<byte> content) =>
        new(path is null ? null : path[(path.LastIndexOfAny(['/', '\\']) + 1)..], Convert.ToHexStringLower(SHA256.HashData(content)));

    /// <summary>Whether these bytes are the picture that went in.</summary>
    public bool Matches(ReadOnlySpan<byte> content) =>
        string.Equals(Sha256, Convert.ToHexStringLower(SHA256.HashData(content)), StringComparison.OrdinalIgnoreCase);
}

/// <param name="Device">cpu, cuda:0 …</param>
/// <param name="ComputeType">float32, bfloat16 …</param>
/// <param name="Threads">CPU threads; null on a GPU.</param>
/// <param name="Runtime">libtorch and its version; null: not told.</param>
public sealed record EngineFacts(string Device, string ComputeType, int? Threads = null, string? Runtime = null);

/// <param name="Key">As the other program wrote it.</param>
/// <param name="Value">Unquoted.</param>
public sealed record RecipeExtra(string Key, string Value);
