namespace Gesso.Contracts.Images;

/// <summary>An adapter (LoRA and its relatives) to draw with.</summary>
/// <param name="File">Path of the safetensors file.</param>
/// <param name="Weight">How strongly it acts: 1 as trained, 0 not at all, below 0 the other way.</param>
public sealed record ImageAdapter(string File, double Weight = 1);
