using Gesso.Contracts.Errors;
using Gesso.Formats;

namespace Gesso.Engine.Library;

/// <summary>
/// Completes a transformer file: companions given by option win, then what the file itself holds, then files beside it or in the folders
/// where ComfyUI and Forge keep them (<c>clip</c>, <c>text_encoders</c>, <c>vae</c>), recognised by name and checked by content.
/// </summary>
internal static class CompanionSearch
{
    private static readonly string[] Folders =
        ["", "text_encoders", "text_encoder", "clip", "vae", "../text_encoders", "../clip", "../vae", "../text_encoder", "../VAE"];

    private static readonly string[] Extensions = [".safetensors", ".sft", ".gguf"];

    /// <summary>Null members of the answer are inside the file itself.</summary>
    /// <exception cref="GessoException"><c>companion_missing</c> naming the files that would serve.</exception>
    public static CompanionFiles Complete(string modelFile, CompanionFiles given, bool hasClip, bool hasT5, bool hasAutoEncoder)
    {
        foreach (var (option, path) in new[] { ("--clip", given.Clip), ("--t5", given.T5), ("--autoencoder", given.AutoEncoder), ("--tokenizers", given.Tokenizers) })
        {
            if (path is not null && !File.Exists(path) && !Directory.Exists(path))
                throw GessoException.Invalid("file_not_found", $"{option} {path}: there is no such file or folder.");
        }
        string folder = Path.GetDirectoryName(Path.GetFullPath(modelFile)) ?? ".";
        var beside = given with
        {
            Clip = given.Clip ?? (hasClip ? null : Find(folder, "text_model.embeddings.token_embedding.weight", "embeddings.token_embedding.weight", "clip_l", "clip-l", "clip")),
            T5 = given.T5 ?? (hasT5 ? null : Find(folder, "encoder.final_layer_norm.weight", "enc.output_norm.weight", "t5xxl", "t5-v1_1", "t5")),
            AutoEncoder = given.AutoEncoder ?? (hasAutoEncoder ? null : Find(folder, "decoder.conv_in.weight", "decoder.conv_in.weight", "ae", "flux_vae", "flux-vae", "vae")),
        };
        List<string> missing = [];
        if (beside.Clip is null && !hasClip)
            missing.Add("--clip FILE (clip_l.safetensors)");
        if (beside.T5 is null && !hasT5)
            missing.Add("--t5 FILE (t5xxl_fp16.safetensors, t5xxl_fp8_e4m3fn.safetensors or a t5 GGUF)");
        if (beside.AutoEncoder is null && !hasAutoEncoder)
            missing.Add("--autoencoder FILE (ae.safetensors)");
        if (missing.Count > 0)
        {
            throw GessoException.Invalid("companion_missing",
                $"{modelFile} holds only the transformer. Still needed: {string.Join("; ", missing)}. Put them beside it or name them by these options.");
        }
        return beside;
    }

    private static string? Find(string folder, string mark, string otherMark, params string[] stems)
    {
        foreach (string sub in Folders)
        {
            string place = Path.GetFullPath(Path.Combine(folder, sub));
            if (!Directory.Exists(place))
                continue;
            string[] files = [.. Directory.EnumerateFiles(place)
                .Where(f => Extensions.Contains(Path.GetExtension(f).ToLowerInvariant()))
                .Where(f => stems.Any(s => Path.GetFileName(f).StartsWith(s, StringComparison.OrdinalIgnoreCase)))
                .OrderBy(f => f.Length).ThenBy(f => f, StringComparer.Ordinal)];
            foreach (string file in files)
            {
                if (Holds(file, mark, otherMark))
                    return file;
            }
        }
        return null;
    }

    private static bool Holds(string path, string mark, string otherMark)
    {
        try
        {
            using var file = TensorFiles.Open(path);
            return file.Tensors.ContainsKey(mark) || file.Tensors.ContainsKey(otherMark);
        }
        catch (GessoException)
        {
            // a file that merely has the right name; the error that follows names what is needed
            return false;
        }
    }
}
