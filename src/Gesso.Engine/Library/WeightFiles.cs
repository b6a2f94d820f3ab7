using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Formats.Safetensors;

namespace Gesso.Engine.Library;

/// <summary>Finds and opens the weights of a component folder: one file, or shards with their index.</summary>
internal static class WeightFiles
{
    private static readonly string[] Stems = ["diffusion_pytorch_model", "model"];

    public static ITensorFile OpenFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw GessoException.Invalid("file_not_found", $"{folder} is missing: the model folder is incomplete.");
        foreach (string stem in Stems)
        {
            string single = Path.Combine(folder, stem + ".safetensors");
            if (File.Exists(single))
                return TensorFiles.Open(single);
            string index = Path.Combine(folder, stem + ".safetensors.index.json");
            if (File.Exists(index))
                return ShardedSafetensors.Open(index);
        }
        string[] candidates = Directory.GetFiles(folder, "*.safetensors.index.json");
        if (candidates.Length == 1)
            return ShardedSafetensors.Open(candidates[0]);
        candidates = [.. Directory.GetFiles(folder, "*.safetensors"), .. Directory.GetFiles(folder, "*.gguf")];
        return candidates.Length == 1
            ? TensorFiles.Open(candidates[0])
            : throw GessoException.Invalid("file_not_found",
                $"{folder} has no weights: expected diffusion_pytorch_model.safetensors, model.safetensors or an index of shards"
                + (candidates.Length == 0 ? "." : $"; found {string.Join(", ", candidates.Select(Path.GetFileName))}, of which none is the obvious one."));
    }

    /// <summary>A file, or the weights of a component folder.</summary>
    public static ITensorFile Open(string path) => Directory.Exists(path) ? OpenFolder(path) : TensorFiles.Open(path);
}
