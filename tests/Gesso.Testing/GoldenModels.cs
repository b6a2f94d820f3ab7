using System.Text.Json;
using Gesso.Engine.Library;
using Gesso.Formats;
using Gesso.Models.Flux;

namespace Gesso.Testing;

/// <summary>A transformer file, and the diffusers folder that holds the same model.</summary>
public sealed record GoldenPair(GoldenFolder Folder, string File, string Model)
{
    private static readonly string[] CompanionPrefixes = ["text_encoders.clip_l.", "text_encoders.t5xxl.", "vae."];

    /// <summary>Whether the file holds encoders and autoencoder too.</summary>
    public bool IsAllInOne
    {
        get
        {
            using var file = TensorFiles.Open(File);
            return CompanionPrefixes.All(p => file.Tensors.Keys.Any(n => n.StartsWith(p, StringComparison.Ordinal)));
        }
    }

    /// <summary>Rotary split of the folder: a single file does not carry it.</summary>
    public int[] Axes
    {
        get
        {
            using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(Model, "transformer", "config.json")));
            return json.RootElement.TryGetProperty("axes_dims_rope", out var axes) ? [.. axes.EnumerateArray().Select(a => a.GetInt32())] : [16, 56, 56];
        }
    }

    /// <summary>The file as a model, with what it lacks from the folder.</summary>
    public ModelSource Source => new()
    {
        Path = File,
        Axes = Axes,
        Companions = IsAllInOne
            ? new CompanionFiles { Tokenizers = Model }
            : new CompanionFiles
            {
                Clip = Path.Combine(Model, "text_encoder"),
                T5 = Path.Combine(Model, "text_encoder_2"),
                AutoEncoder = Path.Combine(Model, "vae"),
                Tokenizers = Model,
            },
    };

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
