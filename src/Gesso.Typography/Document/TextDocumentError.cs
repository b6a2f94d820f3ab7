using Gesso.Contracts.Errors;

namespace Gesso.Typography.Document;

/// <summary>What is wrong with a document, and where: <c>layers[2].region.box: expected …</c></summary>
internal static class TextDocumentError
{
    public static GessoException At(string path, string problem, Exception? inner = null) =>
        GessoException.Invalid("bad_text_document", $"Text document, {path}: {problem}.", inner);

    /// <summary>A number within its range.</summary>
    public static void RequireRange(string path, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
            throw At(path, $"expected {least} to {most}, got {value}");
    }
}
