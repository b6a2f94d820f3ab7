using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Formats;
using Gesso.Formats.Gguf;
using Gesso.Formats.Safetensors;
using Gesso.Models.Clip;
using Gesso.Models.Flux;
using Gesso.Models.T5;
using Gesso.Models.Vae;
using Gesso.Torch.Weights;

namespace Gesso.Engine.Library.Inspection;

/// <summary>Says what a file or folder is from headers and configurations alone; no weights are read and libtorch is not needed.</summary>
public static class ModelInspector
{
    private static readonly string[] ToldMetadata = ["general.", "modelspec.", "ss_base_model_version", "ss_output_name", "ss_network_", "ss_num_train_images", "format"];

    /// <exception cref="GessoException">The path is missing, or the file is damaged or of no known kind.</exception>
    public static InspectionReport Inspect(string path)
    {
        if (Directory.Exists(path))
            return InspectFolder(path);
        using var file = path.EndsWith(".index.json", StringComparison.Ordinal) ? ShardedSafetensors.Open(path) : TensorFiles.Open(path);
        return InspectFile(file);
    }

    private static InspectionReport InspectFolder(string folder)
    {
        string index = Path.Combine(folder, "model_index.json");
        if (!File.Exists(index))
        {
            using var only = WeightFiles.OpenFolder(folder);
            return InspectFile(only);
        }
        string pipeline = JsonFile.Parse(index, j => j.TryGetProperty("_class_name", out var c) ? c.GetString() ?? "" : "");
        List<InspectedComponent> components = [];
        FluxConfig? flux = null;
        VaeConfig? vae = null;
        foreach (string part in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            if (!Directory.EnumerateFiles(part).Any(f => f.EndsWith(".safetensors", StringComparison.Ordinal) || f.EndsWith(".safetensors.index.json", StringComparison.Ordinal)))
                continue;
            using var file = WeightFiles.OpenFolder(part);
            string name = Path.GetFileName(part);
            string config = Path.Combine(part, "config.json");
            string sizes = "";
            if (name == "transformer" && pipeline.StartsWith("Flux", StringComparison.Ordinal) && !pipeline.StartsWith("Flux2", StringComparison.Ordinal))
                sizes = Words(flux = JsonFile.Parse(config, FluxConfig.FromDiffusers));
            else if (name == "vae")
                sizes = Words(vae = JsonFile.Parse(config, VaeConfig.FromDiffusers));
            components.Add(Component(name, part, sizes, file.Tensors.Values));
        }
        string? refusal = PipelineClasses.Refusal(pipeline) ?? (flux is null ? null : FluxVariant.Of(flux).Unsupported);
        var defaults = flux is null ? null : ModelDefaultsFile.Read(folder, FluxVariant.Of(flux)).Defaults;
        return new InspectionReport
        {
            Path = folder,
            Container = "diffusers folder",
            What = refusal is null && flux is not null ? FluxVariant.Of(flux).Title : refusal ?? pipeline,
            Dialect = "diffusers",
            Components = components,
            Runs = refusal is null && flux is not null,
            Remark = refusal,
            Metadata = new Dictionary<string, string> { ["pipeline"] = pipeline },
            Memory = refusal is null && flux is not null && vae is not null ? MemoryOptions.Of(components, flux, vae, defaults!.Size, defaults.TextLength) : [],
        };
    }

    private static InspectionReport InspectFile(ITensorFile file)
    {
        string container = file switch
        {
            GgufFile => "GGUF",
            ShardedSafetensors => "sharded safetensors",
            _ => "safetensors",
        };
        var report = new InspectionReport
        {
            Path = file.Path,
            Container = container,
            What = "unknown",
            Components = [Component("tensors", System.IO.Path.GetFileName(file.Path), "", file.Tensors.Values)],
            Runs = false,
            Metadata = file.Metadata.Where(m => m.Value.Length < 200 && ToldMetadata.Any(t => m.Key.StartsWith(t, StringComparison.Ordinal))).ToDictionary(),
        };
        if (AdapterDialects.Describe(file) is { } adapter)
            return report with { What = adapter, Remark = "an adapter changes a base model; give it with --lora beside one, `gesso lora inspect` says more" };
        if (FluxDetection.LookAlike(file) is { } other)
            return report with { What = other, Remark = $"the file is {other}" };
        return Flux(file, report) ?? Encoder(file, report) ?? report with { Remark = "its tensors have the names of no model that Gesso knows" };
    }

    private static InspectionReport? Flux(ITensorFile file, InspectionReport report)
    {
        if (FluxDetection.Find(file, HeadAxes(file)) is not { } flux)
            return null;
        (string Prefix, string Name)[] parts = [(flux.Source.Prefix, "transformer"), ("text_encoders.clip_l.", "text encoder (CLIP)"), ("text_encoders.t5xxl.", "text encoder (T5)"), ("vae.", "autoencoder")];
        List<InspectedComponent> components = [];
        foreach (var (prefix, name) in parts)
        {
            StoredTensor[] tensors = [.. file.Tensors.Values.Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal)
                && (prefix.Length > 0 || !parts.Skip(1).Any(p => t.Name.StartsWith(p.Prefix, StringComparison.Ordinal))))];
            if (tensors.Length > 0)
                components.Add(Component(name, prefix.Length == 0 ? "top level" : prefix, name == "transformer" ? Words(flux.Config) : "", tensors));
        }
        bool whole = components.Count == parts.Length;
        string? missing = whole ? null : $"holds {string.Join(", ", components.Select(c => c.Name))}; the rest comes from files beside it or from --clip, --t5, --autoencoder";
        var vae = new VaeConfig { Channels = [128, 256, 512, 512], BlocksPerLevel = 2, LatentChannels = flux.Config.LatentChannels };
        return report with
        {
            What = $"{flux.Variant.Title}{(whole ? ", all in one" : ", transformer")}",
            Dialect = flux.Map.Dialect,
            Components = components,
            Runs = flux.Variant.Unsupported is null,
            Remark = flux.Variant.Unsupported ?? missing,
            Memory = flux.Variant.Unsupported is null ? MemoryOptions.Of(components, flux.Config, vae, new ImageSize(1024, 1024), flux.Variant.TextLength) : [],
        };
    }

    private static InspectionReport? Encoder(ITensorFile file, InspectionReport report)
    {
        var source = new WeightSource(file);
        (string What, string Option, Func<string> Sizes)[] kinds =
        [
            ("T5 text encoder", "--t5", () => Words(T5Config.FromTensors(source, T5WeightMaps.For(source)))),
            ("CLIP text encoder", "--clip", () => Words(ClipConfig.FromTensors(source, ClipWeightMaps.For(source)))),
            ("autoencoder", "--autoencoder", () => Words(VaeConfig.FromTensors(source))),
        ];
        foreach (var (what, option, sizes) in kinds)
        {
            try
            {
                return report with { What = what, Components = [report.Components[0] with { Name = what, Sizes = sizes() }], Remark = $"goes beside a transformer file with {option}" };
            }
            catch (GessoException)
            {
                // not of this kind; the next is tried
            }
        }
        return null;
    }

    /// <summary>A split of any kind for unusual head widths, so that sizes can be told although the file does not say it.</summary>
    private static int[]? HeadAxes(ITensorFile file)
    {
        var norm = file.Tensors.Values.FirstOrDefault(t => t.Shape.Count == 1
            && (t.Name.EndsWith("double_blocks.0.img_attn.norm.query_norm.scale", StringComparison.Ordinal) || t.Name.EndsWith("transformer_blocks.0.attn.norm_q.weight", StringComparison.Ordinal)));
        return norm is { Shape: [var width] } && width % 16 != 0 && width % 2 == 0 && width >= 6 ? [(int)width - 4, 2, 2] : null;
    }

    private static InspectedComponent Component(string name, string place, string sizes, IEnumerable<StoredTensor> tensors)
    {
        StoredTensor[] all = [.. tensors];
        TypeShare[] types = [.. all.GroupBy(t => t.Type).Select(g => new TypeShare(g.Key.ToString(), g.Sum(t => t.Elements), g.Sum(t => t.ByteLength))).OrderByDescending(t => t.Bytes)];
        return new InspectedComponent(name, place, sizes, all.Sum(t => t.Elements), all.Sum(t => t.ByteLength), types);
    }

    private static string Words(FluxConfig c) =>
        $"width {c.Hidden} ({c.Heads} heads × {c.HeadDim}), {c.DoubleBlocks} double + {c.SingleBlocks} single blocks, {c.InChannels} → {c.OutChannels} channels, {(c.GuidanceEmbed ? "distilled guidance" : "no guidance input")}";

    private static string Words(VaeConfig c) => $"channels {string.Join(", ", c.Channels)}, {c.LatentChannels} latent channels, {c.Downscale}× smaller";

    private static string Words(T5Config c) => $"width {c.Width}, {c.Layers} layers, {c.Heads} heads × {c.HeadDim}, {c.Vocabulary} pieces";

    private static string Words(ClipConfig c) => $"width {c.Width}, {c.Layers} layers, {c.Vocabulary} entries";
}
