namespace Gesso.Engine.Library.Hub;

/// <summary>What to pull and where to.</summary>
public sealed record PullRequest
{
    /// <summary>A short name (<see cref="KnownModel"/>), <c>owner/name</c> on the hub, or the https address of one .safetensors or .gguf file.</summary>
    public required string Source { get; init; }

    /// <summary>The folder that holds all models; made if it is missing.</summary>
    public required string ModelsRoot { get; init; }

    /// <summary>A branch, tag or commit; null: the one in an address, else <c>main</c>.</summary>
    public string? Revision { get; init; }

    /// <summary>Only this file of the repo (its path, or its name where that is unique), instead of the pipeline.</summary>
    public string? SingleFile { get; init; }

    /// <summary>Files at the same time, 1 … 8; more than four rarely helps and annoys the hub.</summary>
    public int Parallelism { get; init; } = 3;
}

/// <summary>A file in its place. <paramref name="Path"/> is relative to the model's folder, with <c>/</c>.</summary>
/// <param name="Path">Relative, with <c>/</c>.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">64 hex digits, computed over what is on the disk.</param>
public sealed record PulledFile(string Path, long Bytes, string Sha256);

/// <summary>A complete pull.</summary>
/// <param name="Directory">The model's folder.</param>
/// <param name="Source">The repo, or the address of the file.</param>
/// <param name="Revision">What was asked for; null for an address.</param>
/// <param name="Commit">What the hub said that is; null: it did not say.</param>
/// <param name="Files">Everything that belongs to it.</param>
/// <param name="BytesDownloaded">How much of it came over the network this time.</param>
public sealed record PulledModel(string Directory, string Source, string? Revision, string? Commit, IReadOnlyList<PulledFile> Files, long BytesDownloaded)
{
    public long Bytes => Files.Sum(file => file.Bytes);
}
