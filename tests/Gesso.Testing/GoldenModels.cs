using Gesso.Formats;
using Gesso.Models.Flux;

namespace Gesso.Testing;

/// <summary>A transformer file, and the diffusers folder that holds the same model.</summary>
public sealed record GoldenPair(GoldenFolder Folder, string File, string Model)
{
    public override string ToString() => $"{Folder.Label}:{Path.GetFileName(File)} = {Path.GetFileName(Model)}";
}

/// <summary>What model files golden folders have; found by content, never by name.</summary>
public static class GoldenModels
{
    /// <summary>Folders in diffusers layout with a FLUX.1 transformer.</summary>
    public static IEnumerable<string> Folders(GoldenFolder golden)
    {
        ArgumentNullException.ThrowIfNull(golden);
        string models = Path.Combine(golden.Root, "models");
        return !Directory.Exists(models) ? [] : Directory.EnumerateDirectories(models).Order(StringComparer.Ordinal).Where(m => TransformerOf(m) is not null);
    }

    /// <summary>The transformer of a diffusers folder; null when it is not FLUX.1.</summary>
    public static string? TransformerOf(string model)
    {
        string folder = Path.Combine(model, "transformer");
        if (!File.Exists(Path.Combine(folder, "config.json")))
            return null;
        foreach (string file in Directory.EnumerateFiles(folder, "*.safetensors"))
        {
            using var tensors = TensorFiles.Open(file);
            if (FluxDetection.LookAlike(tensors) is null && FluxDetection.Find(tensors, [2, 2, HeadDim(tensors) - 4]) is not null)
                return file;
        }
        return null;
    }

    /// <summary>
    /// Single files with a FLUX.1 transformer, each with a folder of the same weights: the bias of the first layer is stored exactly in every
    /// format, and differs between models.
    /// </summary>
    public static IEnumerable<GoldenPair> Pairs(GoldenFolder golden)
    {
        ArgumentNullException.ThrowIfNull(golden);
        string layouts = Path.Combine(golden.Root, "layouts");
        if (!Directory.Exists(layouts))
            yield break;
        var folders = Folders(golden).Select(m => (Model: m, Mark: FileContent.Read(TransformerOf(m)!)["x_embedder.bias"].Values())).ToList();
        foreach (string file in Directory.EnumerateFiles(layouts).Order(StringComparer.Ordinal))
        {
            if (FirstBias(file) is not { } mark)
                continue;
            foreach (var (model, other) in folders.Where(f => f.Mark.SequenceEqual(mark)))
                yield return new GoldenPair(golden, file, model);
        }
    }

    private static float[]? FirstBias(string path)
    {
        var tensors = FileContent.Read(path).Tensors;
        return tensors.FirstOrDefault(t => t.Key == "img_in.bias" || t.Key.EndsWith(".img_in.bias", StringComparison.Ordinal)).Value?.Values();
    }

    private static int HeadDim(ITensorFile file) =>
        (int)(file.Tensors.FirstOrDefault(t => t.Key.EndsWith("norm_q.weight", StringComparison.Ordinal)).Value?.Elements ?? 32);
}
