using Gesso.Formats.Gguf;
using Gesso.Formats.Safetensors;

namespace Gesso.Formats;

/// <summary>Opens a model file of any known format.</summary>
public static class TensorFiles
{
    /// <summary>
    /// Opens safetensors, GGUF, or the <c>.safetensors.index.json</c> of a sharded model, whichever the content is; the extension is not looked at.
    /// </summary>
    /// <exception cref="TensorFileException">
    /// The path is missing, empty, a directory or unreadable; the content is a pickle (<c>pickle_file</c>), a web page saved as a model (<c>html_page</c>),
    /// a Git LFS pointer (<c>git_lfs_pointer</c>) or something else; or the file breaks the rules of its format.
    /// </exception>
    public static ITensorFile Open(string path)
    {
        var file = MappedFile.Open(path);
        try
        {
            var signature = FileSignatures.Recognise(file);
            switch (signature)
            {
                case FileSignature.Safetensors:
                    return SafetensorsFile.Open(file);
                case FileSignature.Gguf:
                    return GgufFile.Open(file);
                case FileSignature.Json:
                    var sharded = ShardedSafetensors.Open(file);
                    file.Dispose();
                    return sharded;
                default:
                    throw FileSignatures.Refusal(file, signature, "a model file (safetensors or GGUF)");
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
