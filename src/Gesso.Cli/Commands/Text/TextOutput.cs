using Gesso.Contracts.Errors;
using Gesso.Typography.Document;
using Gesso.Typography.Verification;

namespace Gesso.Cli.Commands.Text;

/// <summary>What the text commands read and print alike.</summary>
internal static class TextOutput
{
    private const long MostBytes = 4 << 20;

    public static TextDocument ReadDocument(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
                throw GessoException.Invalid("file_not_found", $"There is no text document {path}.");
            if (info.Length > MostBytes)
                throw GessoException.Invalid("bad_text_document", $"{path} has {info.Length} bytes; text documents of up to {MostBytes} are read.");
            return TextDocumentJson.Parse(File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid("file_unreadable", $"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>A note for everything that is not as it should be.</summary>
    public static void Notes(LayoutReport report, TextWriter error)
    {
        foreach (var layer in report.Layers)
        {
            foreach (var problem in layer.Problems)
                error.WriteLine($"note: text layer \"{layer.Layer}\": {problem.Message}.");
        }
    }
}
