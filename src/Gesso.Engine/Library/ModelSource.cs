namespace Gesso.Engine.Library;

/// <summary>Files that complete a single-file checkpoint, which holds the transformer only.</summary>
public sealed record CompanionFiles
{
    /// <summary>clip_l safetensors file, or a <c>text_encoder</c> folder.</summary>
    public string? Clip { get; init; }

    /// <summary>t5xxl safetensors or GGUF file, or a <c>text_encoder_2</c> folder.</summary>
    public string? T5 { get; init; }

    /// <summary>ae.safetensors, or a <c>vae</c> folder.</summary>
    public string? AutoEncoder { get; init; }

    /// <summary>A folder with <c>tokenizer</c> and <c>tokenizer_2</c>; null: the published vocabularies.</summary>
    public string? Tokenizers { get; init; }
}

/// <summary>What to load: a diffusers folder or a single file with its companions.</summary>
public sealed record ModelSource
{
    public required string Path { get; init; }

    public CompanionFiles Companions { get; init; } = new();

    /// <summary>Rotary split of a single file whose head width is unusual; null: derived.</summary>
    public IReadOnlyList<int>? Axes { get; init; }
}
