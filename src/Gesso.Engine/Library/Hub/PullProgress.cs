namespace Gesso.Engine.Library.Hub;

/// <summary>What a pull is doing now.</summary>
public enum PullStage
{
    /// <summary>Asking the hub which files there are.</summary>
    Listing,

    /// <summary>Reading files that are here already, to see whether they are the wanted ones.</summary>
    Checking,

    Downloading,

    /// <summary>Everything is in place.</summary>
    Done,
}

/// <summary>A snapshot of a running pull. Sizes in bytes; what was already on the disk counts as done.</summary>
/// <param name="Stage">What is going on.</param>
/// <param name="File">The file the snapshot is about, with <c>/</c> between folders; null while listing and when done.</param>
/// <param name="FileBytes">Of this file, on the disk.</param>
/// <param name="FileTotal">Size of this file; null: the server did not tell.</param>
/// <param name="Bytes">Of all files, on the disk.</param>
/// <param name="TotalBytes">Size of all files; 0 while it is unknown.</param>
/// <param name="FilesDone">Files complete and verified.</param>
/// <param name="Files">Files wanted.</param>
public sealed record PullProgress(PullStage Stage, string? File, long FileBytes, long? FileTotal, long Bytes, long TotalBytes, int FilesDone, int Files);
