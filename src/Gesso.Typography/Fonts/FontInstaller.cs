using System.Security.Cryptography;
using Gesso.Contracts.Errors;
using Gesso.Typography.Packages;

namespace Gesso.Typography.Fonts;

/// <summary>
/// Adds fonts to the user's folder: sets that Gesso knows, fetched by the machine's npm client or taken from a folder, each file checked against its hash; or any
/// font file. A file is there whole or not at all.
/// </summary>
/// <param name="folder">Created when needed.</param>
public sealed class FontInstaller(string folder)
{
    private const string Elsewhere = "fetch the package elsewhere and use --from FOLDER";

    /// <summary>Sets that can be added by name.</summary>
    public static IReadOnlyList<string> Sets { get; } = [FontSets.Cjk];

    /// <summary>Han, Kana and Hangul in regular and bold (47 MB), from npm.</summary>
    /// <param name="from">A folder that holds the font files, or the packages' .tgz files, in place of npm; null: npm.</param>
    /// <returns>The files, those that were there already included.</returns>
    /// <exception cref="GessoException"><c>npm_missing</c>, <c>npm_failed</c>, <c>archive_damaged</c>, <c>font_not_found</c>, <c>font_hash</c>.</exception>
    public IReadOnlyList<string> AddCjk(string? from, CancellationToken cancellation)
    {
        List<string> files = [];
        foreach (var package in FontSets.CjkDownloads.GroupBy(download => (download.Package, download.Version)))
        {
            var missing = package.Where(download => !IsThere(download)).ToList();
            if (missing.Count > 0)
                Add(package.Key.Package, package.Key.Version, missing, from, cancellation);
            files.AddRange(package.Select(download => Path.Combine(folder, download.FileName)));
        }
        return files;
    }

    /// <summary>A copy of a font file.</summary>
    /// <exception cref="GessoException"><c>font_not_found</c>, <c>font_unreadable</c></exception>
    public string AddFile(string file)
    {
        if (!File.Exists(file))
            throw GessoException.Invalid("font_not_found", $"There is no font file {file}. Sets that have a name: {string.Join(", ", Sets)}.");
        if (FontFolders.Entries(file, FontSource.File) is not [var first, ..] || !FontFolders.IsFontName(file))
            throw GessoException.Invalid("font_unreadable", $"{file} cannot be opened as a font: expected an undamaged .ttf, .otf or .ttc file.");
        FontFace.Open(first, first.Weight).Dispose();
        string target = Path.Combine(folder, Path.GetFileName(file));
        Write(target, File.ReadAllBytes(file));
        return target;
    }

    private bool IsThere(FontDownload download)
    {
        string file = Path.Combine(folder, download.FileName);
        return File.Exists(file) && new FileInfo(file).Length == download.Bytes && Hash(File.ReadAllBytes(file)) == download.Sha256;
    }

    private void Add(string package, string version, List<FontDownload> downloads, string? from, CancellationToken cancellation)
    {
        string name = package[(package.IndexOf('/', StringComparison.Ordinal) + 1)..];
        if (from is not null)
        {
            string? archive = Directory.Exists(from) ? Directory.EnumerateFiles(from, $"*{name}-{version}.tgz").Order(StringComparer.Ordinal).FirstOrDefault() : null;
            foreach (var download in downloads)
                Accept(download, archive is null ? FromFolder(from, download) : FromArchive(archive, download));
            return;
        }
        using var packed = NpmArchive.Pack(package, version, Elsewhere, cancellation);
        foreach (var download in downloads)
            Accept(download, FromArchive(packed.File, download));
    }

    private static byte[] FromFolder(string from, FontDownload download)
    {
        string file = Path.Combine(from, download.FileName);
        return File.Exists(file)
            ? File.ReadAllBytes(file)
            : throw GessoException.Invalid("font_not_found", $"{from} holds neither {download.FileName} nor the npm package {download.Package} {download.Version} as .tgz.");
    }

    private static byte[] FromArchive(string archive, FontDownload download) => NpmArchive.Read(archive, download.Path) is { } bytes && bytes.Length == download.Bytes
        ? bytes
        : throw GessoException.Invalid("font_hash", $"{archive} does not hold {download.Path} with {download.Bytes} bytes: it is not {download.Package} {download.Version}.");

    private void Accept(FontDownload download, byte[] bytes)
    {
        string hash = Hash(bytes);
        if (hash != download.Sha256)
        {
            throw GessoException.Invalid(
                "font_hash", $"{download.FileName} has the SHA-256 {hash}, expected {download.Sha256}: it is damaged or another version, and was not added.");
        }
        Write(Path.Combine(folder, download.FileName), bytes);
    }

    private void Write(string target, byte[] bytes)
    {
        try
        {
            Directory.CreateDirectory(folder);
            string partial = Path.Combine(folder, $".{Path.GetFileName(target)}.{Environment.ProcessId}.part");
            File.WriteAllBytes(partial, bytes);
            File.Move(partial, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Unavailable("not_writable", $"{target} could not be written: {e.Message}", e);
        }
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
