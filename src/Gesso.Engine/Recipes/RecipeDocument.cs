using System.Text.Json.Serialization;
using Gesso.Contracts.Images;

namespace Gesso.Engine.Recipes;

/// <summary>The wire form; <see cref="Recipe"/> says what the members mean.</summary>
internal sealed record RecipeDocument
{
    public int SchemaVersion { get; init; } = RecipeJson.SchemaVersion;

    public string? Software { get; init; }

    public required string Prompt { get; init; }

    [JsonPropertyName("prompt_2")]
    public string? Prompt2 { get; init; }

    public bool? LaysWords { get; init; }

    public double? TextRing { get; init; }

    public string? NegativePrompt { get; init; }

    public int? Width { get; init; }

    public int? Height { get; init; }

    public int? Steps { get; init; }

    public double? Guidance { get; init; }

    public double? TrueGuidance { get; init; }

    public long? Seed { get; init; }

    public string? Sampler { get; init; }

    public string? Parity { get; init; }

    public int? TextLength { get; init; }

    public double? Strength { get; init; }

    public RecipeModel? Model { get; init; }

    public RecipeFile? InitImage { get; init; }

    public RecipeFile? Mask { get; init; }

    public RecipeFile? ControlImage { get; init; }

    public IReadOnlyList<RecipeAdapter>? Adapters { get; init; }

    public EngineFacts? Engine { get; init; }

    public IReadOnlyList<RecipeExtra>? Extras { get; init; }

    public static RecipeDocument Of(Recipe recipe) => new()
    {
        Software = recipe.Software,
        Prompt = recipe.Prompt,
        Prompt2 = recipe.Prompt2,
        LaysWords = recipe.LaysWords ? true : null,
        TextRing = recipe.TextRing,
        NegativePrompt = recipe.NegativePrompt,
        Width = recipe.Size?.Width,
        Height = recipe.Size?.Height,
        Steps = recipe.Steps,
        Guidance = recipe.Guidance,
        TrueGuidance = recipe.TrueGuidance,
        Seed = recipe.Seed?.Value,
        Sampler = recipe.Sampler,
        Parity = recipe.Parity?.ToString().ToLowerInvariant(),
        TextLength = recipe.TextLength,
        Strength = recipe.Strength,
        Model = recipe.Model,
        InitImage = recipe.InitImage,
        Mask = recipe.Mask,
        ControlImage = recipe.ControlImage,
        Adapters = recipe.Adapters.Count == 0 ? null : recipe.Adapters,
        Engine = recipe.Engine,
        Extras = recipe.Extras.Count == 0 ? null : recipe.Extras,
    };

    public Recipe ToRecipe() => new()
    {
        Software = Software,
        Prompt = Prompt,
        Prompt2 = Prompt2,
        LaysWords = LaysWords ?? false,
        TextRing = TextRing,
        NegativePrompt = NegativePrompt,
        Size = ReadSize(),
        Steps = AtLeast(1, Steps, "steps"),
        Guidance = Guidance,
        TrueGuidance = TrueGuidance,
        Seed = Seed is { } seed ? new Seed(seed >= 0 ? seed : throw RecipeJson.Invalid($"seed must be at least 0; it is {seed}.")) : null,
        Sampler = Sampler,
        Parity = ReadParity(),
        TextLength = AtLeast(1, TextLength, "text_length"),
        Strength = Strength,
        Model = Model,
        InitImage = Checked(InitImage, "init_image"),
        Mask = Checked(Mask, "mask"),
        ControlImage = Checked(ControlImage, "control_image"),
        Adapters = [.. (Adapters ?? []).Select(Checked)],
        Engine = Engine,
        Extras = Extras ?? [],
    };

    private ParityMode? ReadParity() => Parity switch
    {
        null => null,
        "diffusers" => ParityMode.Diffusers,
        "bfl" => ParityMode.Bfl,
        "comfy" => ParityMode.Comfy,
        _ => throw RecipeJson.Invalid($"parity must be diffusers, bfl or comfy; it is '{Parity}'."),
    };

    private ImageSize? ReadSize() => (Width, Height) switch
    {
        (null, null) => null,
        ( >= 1, >= 1) => new ImageSize(Width.Value, Height.Value),
        _ => throw RecipeJson.Invalid($"width and height go together and are at least 1; they are {Width} and {Height}."),
    };

    private static int? AtLeast(int least, int? value, string name) =>
        value is null || value >= least ? value : throw RecipeJson.Invalid($"{name} must be at least {least}; it is {value}.");

    private static RecipeAdapter Checked(RecipeAdapter adapter) =>
        adapter.Sha256 is { Length: 64 } hash && hash.All(char.IsAsciiHexDigit) && double.IsFinite(adapter.Weight)
            ? adapter with { Sha256 = hash.ToLowerInvariant() }
            : throw RecipeJson.Invalid($"an adapter has a finite weight and a sha256 of 64 hex digits; {adapter.Name} has {adapter.Weight} and '{adapter.Sha256}'.");

    private static RecipeFile? Checked(RecipeFile? file, string name) =>
        file is null || (file.Sha256 is { Length: 64 } hash && hash.All(char.IsAsciiHexDigit))
            ? file
            : throw RecipeJson.Invalid($"{name}.sha256 must be 64 hex digits.");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(RecipeDocument))]
internal sealed partial class RecipeJsonContext : JsonSerializerContext;
