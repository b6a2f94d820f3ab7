using System.Text.Json;
using Gesso.Contracts.Errors;

namespace Gesso.Engine.Library;

/// <summary>Small configuration files of model folders.</summary>
internal static class JsonFile
{
    private const long Largest = 4 << 20;

    /// <exception cref="GessoException">Missing (<c>file_not_found</c>), too large or not JSON (<c>bad_config</c>).</exception>
    public static JsonElement Read(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
                throw GessoException.Invalid("file_not_found", $"{path} is missing: the model folder is incomplete.");
            if (info.Length > Largest)
                throw GessoException.Invalid("bad_config", $"{path} has {info.Length} bytes, which is no configuration file.");
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw GessoException.Invalid("bad_config", $"{path}: expected a JSON object, got {document.RootElement.ValueKind}.");
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw GessoException.Invalid("bad_config", $"{path} is not valid JSON: {e.Message}", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw GessoException.Invalid("file_unreadable", $"{path} cannot be read: permission denied.", e);
        }
    }

    /// <summary>Runs a reader of configuration values; every error names the file, also that of a missing or mistyped member.</summary>
    public static T Parse<T>(string path, Func<JsonElement, T> read)
    {
        try
        {
            return read(Read(path));
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException)
        {
            throw GessoException.Invalid("bad_config", $"{path} lacks a member that this model needs, or has one of another type: {e.Message}", e);
        }
        catch (GessoException e) when (!e.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new GessoException(e.Kind, e.Code, $"{path}: {e.Message}", e);
        }
    }
}
