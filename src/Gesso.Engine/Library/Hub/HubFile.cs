namespace Gesso.Engine.Library.Hub;

/// <summary>A file as the hub lists it.</summary>
/// <param name="Path">Relative, with <c>/</c>.</param>
/// <param name="Size">Bytes; null: not told.</param>
/// <param name="Sha256">64 lower-case hex digits for large (LFS) files; null for the others, whose listed id is git's own.</param>
internal sealed record HubFile(string Path, long? Size, string? Sha256)
{
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>Empty for files at the top.</summary>
    public string Folder => Path[..Math.Max(0, Path.LastIndexOf('/'))];
}
