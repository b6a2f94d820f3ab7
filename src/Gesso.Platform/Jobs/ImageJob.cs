using Gesso.Contracts.Images;
using Gesso.Platform.Assets;

namespace Gesso.Platform.Jobs;

public enum PictureFormat
{
    Png,
    Jpeg,
    Webp,
}

/// <summary>Which part of a mask is redrawn.</summary>
public enum MaskReading
{
    White,

    /// <summary>The OpenAI convention: where alpha is 0.</summary>
    Transparent,
}

/// <summary>
/// What a job draws: <see cref="ImageRequest"/> with pictures as asset keys, for a model by name. A null member is the model's default. Seeds are always set,
/// so that every attempt draws the same picture.
/// </summary>
public sealed record ImageJob
{
    public required string Model { get; init; }

    public required string Prompt { get; init; }

    public string? Prompt2 { get; init; }

    public string? NegativePrompt { get; init; }

    public ImageSize? Size { get; init; }

    public int? Steps { get; init; }

    public double? Guidance { get; init; }

    public double? TrueGuidance { get; init; }

    public required long Seed { get; init; }

    /// <summary>Pictures, 1 and more; picture k has seed + k.</summary>
    public int Count { get; init; } = 1;

    public AssetKey? InitImage { get; init; }

    public double? Strength { get; init; }

    public AssetKey? Mask { get; init; }

    public MaskReading MaskReading { get; init; }

    /// <summary>What control models and control adapters follow: edges, a depth map.</summary>
    public AssetKey? ControlImage { get; init; }

    public int? TextLength { get; init; }

    public string? Sampler { get; init; }

    public ParityMode? Parity { get; init; }

    public IReadOnlyList<AdapterUse> Adapters { get; init; } = [];

    /// <summary>Null: the pictures stay as the network draws them.</summary>
    public TextUse? Text { get; init; }

    public PictureFormat Format { get; init; } = PictureFormat.Png;

    /// <summary>1 … 100 for JPEG and WebP.</summary>
    public int Quality { get; init; } = 100;

    /// <summary>Whether somebody watches the picture form: previews cost time.</summary>
    public bool Previews { get; init; }

    /// <summary>The worker that holds this model with these adapters need not load anything.</summary>
    public string AffinityKey => Adapters.Count == 0 ? Model : $"{Model}+{string.Join('+', Adapters.Select(a => FormattableString.Invariant($"{a.Name}:{a.Weight}")))}";

    /// <summary>The model of an <see cref="AffinityKey"/>.</summary>
    public static string ModelOf(string affinityKey)
    {
        ArgumentNullException.ThrowIfNull(affinityKey);
        int plus = affinityKey.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? affinityKey : affinityKey[..plus];
    }

    /// <summary>Jobs of one key go through the network together.</summary>
    public string ShapeKey => FormattableString.Invariant(
        $"{AffinityKey}|{Size}|{Steps}|{Sampler}|{TextLength}|{Parity}|{(TrueGuidance > 1 ? TrueGuidance : null)}|{(InitImage is null ? null : Strength ?? -1)}|{Mask is not null}|{ControlImage is not null}|{Count}");
}
