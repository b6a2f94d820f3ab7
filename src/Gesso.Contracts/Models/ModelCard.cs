using Gesso.Contracts.Images;

namespace Gesso.Contracts.Models;

/// <summary>What a model does when a request leaves something open: published values of its variant, overridden by the folder's <c>gesso.json</c>.</summary>
public sealed record ModelDefaults
{
    public required ImageSize Size { get; init; }

    public required int Steps { get; init; }

    /// <summary>Distilled guidance; 0 where the model has no such input.</summary>
    public required double Guidance { get; init; }

    /// <summary>True guidance scale; 1 = off.</summary>
    public required double TrueGuidance { get; init; }

    /// <summary>Used when true guidance is on and the request names no negative prompt.</summary>
    public required string NegativePrompt { get; init; }

    /// <summary>T5 tokens, padding included.</summary>
    public required int TextLength { get; init; }

    public required string Sampler { get; init; }
}

/// <summary>A loadable model as people see it.</summary>
public sealed record ModelCard
{
    public required string Name { get; init; }

    /// <summary>FLUX.1 schnell, FLUX.1 dev …</summary>
    public required string Variant { get; init; }

    /// <summary>Folder or file.</summary>
    public required string Path { get; init; }

    /// <summary>A hash of the weights' header and samples of their bytes: same number, same model.</summary>
    public required string Fingerprint { get; init; }

    public required ModelDefaults Defaults { get; init; }

    /// <summary>Width and height are multiples of this.</summary>
    public required int PixelStep { get; init; }

    /// <summary>The longest text the T5 tokenizer of this model is meant for.</summary>
    public required int MaxTextLength { get; init; }

    /// <summary>Whether distilled guidance is an input.</summary>
    public required bool TakesGuidance { get; init; }

    /// <summary>Whether every picture follows a control picture.</summary>
    public bool TakesControl { get; init; }
}
