using System.Buffers.Binary;
using System.Text;

namespace Gesso.Formats;

/// <summary>What the first bytes of a file say about it. Extensions are not believed: half of the world's broken models have the right one.</summary>
internal enum FileSignature
{
    Unknown,
    Safetensors,
    Gguf,

    /// <summary>JSON text, perhaps the index of a sharded model.</summary>
    Json,
    Pickle,
    Zip,
    Html,
    GitLfsPointer,

    /// <summary>The formats before GGUF: ggml, ggjt, ggla, ggmf.</summary>
    OldGgml,
}

internal static class FileSignatures
{
    private const int HeadBytes = 512;

    public static FileSignature Recognise(MappedFile file)
    {
        var head = file.Head(HeadBytes);
        if (head.StartsWith("GGUF"u8))
            return FileSignature.Gguf;
        var text = WithoutLeadingSpace(head);

        // A safetensors file is a 64-bit length, then '{'. JSON text may have '{' as its ninth byte too, but read as a length its text exceeds every file.
        if (head.Length > 8 && head[8] == '{' && (text.IsEmpty || text[0] != '{' || BinaryPrimitives.ReadUInt64LittleEndian(head) <= (ulong)file.Length))
            return FileSignature.Safetensors;
        if (head.StartsWith("PK\u0003\u0004"u8))
            return FileSignature.Zip;
        if (head.Length > 1 && head[0] == 0x80 && head[1] is >= 1 and <= 5)
            return FileSignature.Pickle;
        if (text.StartsWith("version https://git-lfs"u8))
            return FileSignature.GitLfsPointer;
        if (head.StartsWith("tjgg"u8) || head.StartsWith("algg"u8) || head.StartsWith("lmgg"u8) || head.StartsWith("fmgg"u8))
            return FileSignature.OldGgml;
        if (text.StartsWith("<"u8))
            return FileSignature.Html;
        return text.StartsWith("{"u8) ? FileSignature.Json : FileSignature.Unknown;
    }

    /// <summary>The error for a file that is not what was asked for; <paramref name="expected"/> reads like "a safetensors file".</summary>
    public static TensorFileException Refusal(MappedFile file, FileSignature signature, string expected) => signature switch
    {
        FileSignature.Zip or FileSignature.Pickle => Refuse(
            file,
            TensorFileCodes.PickleFile,
            $"expected {expected}; this is a {(signature == FileSignature.Zip ? "zip archive, as torch.save writes" : "Python pickle")} (.pt, .ckpt, .bin). "
            + "Loading one can run any code, so it is not read. Use the .safetensors version of the model, or convert it with safetensors.torch.save_file."),
        FileSignature.Html => Refuse(
            file,
            TensorFileCodes.HtmlPage,
            $"expected {expected}; this is a web page (HTML or XML), as when a download needs a login or a licence to be accepted. Open the address in a "
            + "browser, accept, download again."),
        FileSignature.GitLfsPointer => Refuse(
            file,
            TensorFileCodes.GitLfsPointer,
            $"expected {expected}; this is a Git LFS pointer: the repository was cloned without its large files. Run 'git lfs install' and 'git lfs pull' "
            + "in it."),
        FileSignature.OldGgml => Refuse(
            file, TensorFileCodes.UnsupportedVersion, $"expected {expected}; this is a ggml file from before GGUF. Use a GGUF version of the model."),
        FileSignature.Gguf => Refuse(file, TensorFileCodes.UnknownFormat, $"expected {expected}; this is a GGUF file."),
        FileSignature.Safetensors => Refuse(file, TensorFileCodes.UnknownFormat, $"expected {expected}; this is a safetensors file."),
        FileSignature.Json => Refuse(
            file,
            TensorFileCodes.UnknownFormat,
            $"expected {expected}; this is JSON text that starts with {Start(file)}. Give the model file, or its .safetensors.index.json."),
        _ => Refuse(file, TensorFileCodes.UnknownFormat, $"expected {expected}; its first bytes are {Start(file)}. The file is damaged or of another kind."),
    };

    private static TensorFileException Refuse(MappedFile file, string code, string problem) => TensorFileException.In(file.Path, code, problem);

    private static string Start(MappedFile file)
    {
        var head = file.Head(24);
        foreach (var b in head)
        {
            if (b is < 0x20 or > 0x7e)
                return Convert.ToHexString(head[..Math.Min(8, head.Length)]);
        }

        return $"'{System.Text.Encoding.ASCII.GetString(head)}'";
    }

    private static ReadOnlySpan<byte> WithoutLeadingSpace(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("\uFEFF"u8))
            head = head[3..];
        return head.TrimStart(" \t\r\n"u8);
    }
}
