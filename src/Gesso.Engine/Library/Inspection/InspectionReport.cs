namespace Gesso.Engine.Library.Inspection;

/// <summary>How much of a component is stored in one type.</summary>
/// <param name="Type">F32, BF16, F8E4M3, Q4_K …</param>
/// <param name="Parameters">Numbers stored in it.</param>
/// <param name="Bytes">Bytes they take.</param>
public sealed record TypeShare(string Type, long Parameters, long Bytes);

/// <summary>One network of a file or folder.</summary>
/// <param name="Name">transformer, text encoder (CLIP) …</param>
/// <param name="Place">Folder, file name or name prefix.</param>
/// <param name="Sizes">Widths, blocks and channels in words; empty when unknown.</param>
/// <param name="Parameters">How many numbers it has.</param>
/// <param name="Bytes">What they take as stored.</param>
/// <param name="Types">By storage type, the largest first.</param>
public sealed record InspectedComponent(string Name, string Place, string Sizes, long Parameters, long Bytes, IReadOnlyList<TypeShare> Types);

/// <summary>One way to hold a model.</summary>
/// <param name="Way">In words.</param>
/// <param name="Bytes">Memory it needs for a picture of the default size.</param>
/// <param name="FitsHere">Whether this machine's free memory holds it; null for ways that need another device than this machine has.</param>
/// <param name="SmallestCard">GB of the smallest usual card that holds it; null for main memory, or when none does.</param>
public sealed record MemoryOption(string Way, long Bytes, bool? FitsHere, int? SmallestCard);

/// <summary>What a file or folder is, without loading it.</summary>
public sealed record InspectionReport
{
    public required string Path { get; init; }

    /// <summary>safetensors, sharded safetensors, GGUF or diffusers folder.</summary>
    public required string Container { get; init; }

    /// <summary>In words: FLUX.1 dev transformer, LoRA (kohya), autoencoder …</summary>
    public required string What { get; init; }

    /// <summary>Whose names the tensors bear; null when it does not matter.</summary>
    public string? Dialect { get; init; }

    public required IReadOnlyList<InspectedComponent> Components { get; init; }

    /// <summary>Whether <c>gesso generate --model</c> takes it.</summary>
    public required bool Runs { get; init; }

    /// <summary>Why not, or what must be given beside it; null when nothing is missing.</summary>
    public string? Remark { get; init; }

    public IReadOnlyList<MemoryOption> Memory { get; init; } = [];

    /// <summary>Entries of the header that say where the file comes from.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    public long Parameters => Components.Sum(c => c.Parameters);

    public long Bytes => Components.Sum(c => c.Bytes);
}
