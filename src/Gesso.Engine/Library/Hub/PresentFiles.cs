using System.Security.Cryptography;
using System.Text.Json;
using Gesso.Contracts.Errors;

namespace Gesso.Engine.Library.Hub;

/// <summary>Files that are here already: those of an earlier pull that nobody changed since are believed, others are read and hashed.</summary>
internal sealed class PresentFiles
{
    private readonly string _directory;
    private readonly Dictionary<string, ManifestFile> _known;

    /// <exception cref="GessoException"><c>folder_taken</c>: the folder holds a pull from elsewhere.</exception>
    public PresentFiles(string directory, string source)
    {
        _directory = directory;
        PullManifest? manifest = ReadManifest(directory);
        if (manifest is not null && manifest.Source != source)
            throw HubErrors.FolderTaken(directory, manifest.Source, source);
        _known = (manifest?.Files ?? []).DistinctBy(file => file.Path).ToDictionary(file => file.Path);
    }

    /// <summary>
    /// The file if its content is what is wanted; null: it must be pulled. Of what has no hash, only unchanged files of an earlier pull are believed.
    /// </summary>
    public async Task<PulledFile?> FindAsync(HubFile wanted, CancellationToken cancellation)
    {
        var info = new FileInfo(SafePath.Resolve(_directory, wanted.Path));
        if (!info.Exists || (wanted.Size is { } size && info.Length != size))
            return null;
        ManifestFile? known = _known.GetValueOrDefault(wanted.Path);
        bool unchanged = known is not null && known.Bytes == info.Length && known.Modified == info.LastWriteTimeUtc.Ticks;
        if (wanted.Sha256 is null && !unchanged)
            return null;
        string hash = unchanged ? known!.Sha256 : await HashAsync(info.FullName, cancellation);
        return wanted.Sha256 is null || wanted.Sha256 == hash ? new PulledFile(wanted.Path, info.Length, hash) : null;
    }

    /// <summary>Writes the manifest, by way of a temporary file; what earlier pulls of the same source brought stays listed.</summary>
    public void Record(PulledModel model, string? license)
    {
        ManifestFile[] pulled = [.. model.Files.Select(file => new ManifestFile(file.Path, file.Bytes, file.Sha256, Modified(file.Path)))];
        var manifest = new PullManifest
        {
            Source = model.Source,
            Revision = model.Revision,
            Commit = model.Commit,
            License = license,
            Files = [.. pulled, .. _known.Values.Where(earlier => pulled.All(file => file.Path != earlier.Path))],
        };
        string path = Path.Combine(_directory, PullManifest.FileName);
        File.WriteAllBytes(path + ".part", JsonSerializer.SerializeToUtf8Bytes(manifest, HubJson.Default.PullManifest));
        File.Move(path + ".part", path, overwrite: true);
    }

    private long Modified(string path) => File.GetLastWriteTimeUtc(SafePath.Resolve(_directory, path)).Ticks;

    private static async Task<string> HashAsync(string path, CancellationToken cancellation)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
    }

    private static PullManifest? ReadManifest(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(directory, PullManifest.FileName)), HubJson.Default.PullManifest);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // only a shortcut: without it the files are hashed
        }
    }
}
