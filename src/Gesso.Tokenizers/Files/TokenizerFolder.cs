using System.Text.Json;
using Gesso.Contracts.Errors;

namespace Gesso.Tokenizers.Files;

/// <summary>Which files a folder holds, and the errors that name them.</summary>
internal sealed class TokenizerFolder(string path, string kind)
{
    public const string TokenizerJson = "tokenizer.json";
    public const string SpieceModel = "spiece.model";
    public const string VocabJson = "vocab.json";
    public const string MergesTxt = "merges.txt";

    public string Path => path;

    public bool Has(string file) => File.Exists(PathOf(file));

    public string PathOf(string file) => System.IO.Path.Combine(path, file);

    /// <summary>Reads a file that must be there and hands errors of its format on as <c>tokenizer_corrupt</c>.</summary>
    public T Read<T>(string file, Func<byte[], T> parse)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(PathOf(file));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid("tokenizer_missing", $"Cannot read '{PathOf(file)}' of the {kind} tokenizer: {error.Message}", error);
        }

        return Parse(file, () => parse(bytes));
    }

    /// <summary>Hands errors of a file's format on as <c>tokenizer_corrupt</c>.</summary>
    public T Parse<T>(string file, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or OverflowException
            or KeyNotFoundException)
        {
            throw Corrupt(file, error.Message, error);
        }
    }

    /// <param name="expected">The files that would do, in words.</param>
    public GessoException Missing(string expected)
    {
        var found = !Directory.Exists(path) ? "the folder does not exist"
            : Directory.EnumerateFiles(path).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } files
                ? "it holds " + string.Join(", ", files.Take(12)) + (files.Length > 12 ? ", …" : "")
                : "it is empty";
        return GessoException.Invalid(
            "tokenizer_missing",
            $"No {kind} tokenizer in '{path}': expected {expected}, but {found}. Copy the tokenizer folder of the model's repository there.");
    }

    public GessoException Corrupt(string file, string problem, Exception? inner = null) => GessoException.Invalid(
        "tokenizer_corrupt",
        $"'{PathOf(file)}' is not a usable file of a {kind} tokenizer: {problem} Copy the file again from the model's repository.",
        inner);

    public GessoException Unsupported(string file, string what) => GessoException.Refused(
        "tokenizer_unsupported",
        $"'{PathOf(file)}' describes a tokenizer that Gesso does not speak: {what} Expected the {kind} tokenizer of FLUX.1.");
}
