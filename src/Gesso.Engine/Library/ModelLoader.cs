using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Models;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Schedules;
using Gesso.Formats;
using Gesso.Models.Clip;
using Gesso.Models.Flux;
using Gesso.Models.T5;
using Gesso.Models.Vae;
using Gesso.Tokenizers;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;

namespace Gesso.Engine.Library;

/// <summary>A model whose files are open, its card, and its files to close.</summary>
public sealed record OpenedModel(FluxModel Model, ModelCard Card, IReadOnlyList<ITensorFile> Files) : IDisposable
{
    /// <summary>The stored tensors of the transformer, and in which names.</summary>
    public required DetectedFlux Transformer { get; init; }

    public void Dispose()
    {
        Model.Dispose();
        foreach (var file in Files)
            file.Dispose();
    }
}

/// <summary>
/// Opens a FLUX.1 model from a diffusers folder, an all-in-one file, or a transformer file with its companions.
/// Configurations and names are checked here; weights are read when a network is first used.
/// </summary>
public sealed class ModelLoader(ComputeTarget target, Func<long, LinearStorage> storageFor)
{
    private readonly List<ITensorFile> _files = [];

    /// <exception cref="GessoException">What is missing or not supported, and which file would serve.</exception>
    public OpenedModel Open(ModelSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        _files.Clear();
        try
        {
            return Directory.Exists(source.Path) ? OpenFolder(source) : OpenFile(source);
        }
        catch
        {
            _files.ForEach(f => f.Dispose());
            throw;
        }
    }

    private OpenedModel OpenFolder(ModelSource source)
    {
        string folder = source.Path;
        string index = Path.Combine(folder, "model_index.json");
        if (!File.Exists(index))
        {
            throw GessoException.Invalid("not_a_model",
                $"{folder} is not a model folder: it has no model_index.json. Give a diffusers folder (with transformer, text_encoder, text_encoder_2, vae …) or a single checkpoint file.");
        }
        string pipeline = JsonFile.Parse(index, j => j.TryGetProperty("_class_name", out var c) ? c.GetString() ?? "" : "");
        PipelineClasses.RequireSupported(folder, pipeline);

        string Part(string name) => Path.Combine(folder, name);
        var transformerFile = Keep(WeightFiles.OpenFolder(Part("transformer")));
        var config = JsonFile.Parse(Path.Combine(Part("transformer"), "config.json"), FluxConfig.FromDiffusers);
        var variant = RequireSupported(folder, FluxVariant.Of(config));
        var transformerSource = new WeightSource(transformerFile);
        var map = transformerSource.Contains("double_blocks.0.img_attn.qkv.weight") ? FluxWeightMaps.Bfl : FluxWeightMaps.Diffusers;
        string scheduler = Path.Combine(Part("scheduler"), "scheduler_config.json");
        var parts = new Parts
        {
            Clip = Clip(Part("text_encoder"), null),
            T5 = T5(Part("text_encoder_2"), null),
            AutoEncoder = AutoEncoder(Part("vae")),
            ClipTokenizer = ClipTokenizer.FromFolder(Part("tokenizer")),
            T5Tokenizer = T5Tokenizer.FromFolder(Part("tokenizer_2")),
        };
        var shift = File.Exists(scheduler) ? JsonFile.Parse(scheduler, ResolutionShift.FromDiffusers) : Published(variant);
        return Assemble(source, folder, new DetectedFlux(transformerSource, map, config, variant), parts, shift);
    }

    private OpenedModel OpenFile(ModelSource source)
    {
        var file = Keep(TensorFiles.Open(source.Path));
        var flux = FluxDetection.Find(file, source.Axes) ?? throw GessoException.Invalid("not_a_model",
            $"{source.Path} holds no FLUX.1 transformer ({file.Tensors.Count} tensors, the first: {file.Tensors.Keys.Order(StringComparer.Ordinal).FirstOrDefault() ?? "none"}). `gesso inspect` shows what it is.");
        RequireSupported(source.Path, flux.Variant);

        var found = CompanionSearch.Complete(source.Path, source.Companions, hasClip: HasPrefix(file, ClipPrefix), hasT5: HasPrefix(file, T5Prefix), hasAutoEncoder: HasPrefix(file, VaePrefix));
        string? configs = found.Tokenizers;
        var parts = new Parts
        {
            Clip = found.Clip is null ? Clip(new WeightSource(file, ClipPrefix), ConfigBeside(configs, "text_encoder")) : Clip(found.Clip, ConfigBeside(configs, "text_encoder")),
            T5 = found.T5 is null ? T5(new WeightSource(file, T5Prefix), ConfigBeside(configs, "text_encoder_2")) : T5(found.T5, ConfigBeside(configs, "text_encoder_2")),
            AutoEncoder = found.AutoEncoder is null ? AutoEncoder(new WeightSource(file, VaePrefix), null) : AutoEncoder(found.AutoEncoder),
            ClipTokenizer = configs is null ? ClipTokenizer.Published() : ClipTokenizer.FromFolder(TokenizerFolder(configs, "tokenizer")),
            T5Tokenizer = configs is null ? T5Tokenizer.Published() : T5Tokenizer.FromFolder(TokenizerFolder(configs, "tokenizer_2")),
        };
        return Assemble(source, Path.GetDirectoryName(Path.GetFullPath(source.Path)), flux, parts, Published(flux.Variant), file: true);
    }

    private const string ClipPrefix = "text_encoders.clip_l.transformer.";
    private const string T5Prefix = "text_encoders.t5xxl.transformer.";
    private const string VaePrefix = "vae.";

    private OpenedModel Assemble(ModelSource source, string? folder, DetectedFlux flux, Parts parts, ResolutionShift shift, bool file = false)
    {
        var (name, defaults) = ModelDefaultsFile.Read(file ? null : folder, flux.Variant);
        Require(flux.Config.ContextDim == parts.T5.Width, source.Path, "T5 encoder", flux.Config.ContextDim, parts.T5.Width, "--t5");
        Require(flux.Config.PooledDim == parts.Clip.Width, source.Path, "CLIP encoder", flux.Config.PooledDim, parts.Clip.Width, "--clip");
        Require(flux.Config.LatentChannels == parts.AutoEncoder.Config.LatentChannels, source.Path, "autoencoder",
            flux.Config.LatentChannels, parts.AutoEncoder.Config.LatentChannels, "--autoencoder");
        string fingerprint = ModelFingerprint.Of(flux.Source.File);
        var options = Options(flux.Source);
        var model = new FluxModel
        {
            Fingerprint = fingerprint,
            AutoEncoderFingerprint = new(() => ModelFingerprint.Of(parts.AutoEncoder.Source)),
            TextFingerprint = new(() => $"{ModelFingerprint.Of(parts.Clip.Source)} {ModelFingerprint.Of(parts.T5.Source)}"),
            Clip = parts.Clip.Slot,
            T5 = parts.T5.Slot,
            Transformer = new NetworkSlot<FluxTransformer>(w => new FluxTransformer(flux.Config, w), build => CheckpointWeights.Load(
                flux.Source, flux.Map, options, "FLUX.1 transformer", build)),
            AutoEncoder = parts.AutoEncoder.Slot,
            ClipTokenizer = parts.ClipTokenizer,
            T5Tokenizer = parts.T5Tokenizer,
            TransformerConfig = flux.Config,
            AutoEncoderConfig = parts.AutoEncoder.Config,
            Shift = shift,
            Target = target,
            CompactBytes = options.Storage == LinearStorage.Compact ? flux.Source.Tensors.Values.Sum(t => t.ByteLength) : null,
        };
        string fallbackName = file ? Path.GetFileNameWithoutExtension(source.Path) : new DirectoryInfo(source.Path).Name;
        var card = new ModelCard
        {
            Name = name ?? fallbackName,
            Variant = flux.Variant.Title,
            Path = source.Path,
            Fingerprint = fingerprint,
            Defaults = defaults with { TextLength = Math.Min(defaults.TextLength, parts.T5Tokenizer.MaxLength) },
            PixelStep = model.PixelStep,
            MaxTextLength = parts.T5Tokenizer.MaxLength,
            TakesGuidance = flux.Config.GuidanceEmbed,
            TakesControl = flux.Variant == FluxVariant.Control,
        };
        return new OpenedModel(model, card, [.. _files]) { Transformer = flux };
    }

    private static void Require(bool fits, string path, string what, int expected, int got, string option)
    {
        if (!fits)
        {
            throw GessoException.Invalid("companion_mismatch",
                $"{path} needs a {what} of width {expected}, the one found has {got}: it belongs to another model. Give the right one with {option}.");
        }
    }

    private static ResolutionShift Published(FluxVariant variant) => variant.Shifted ? new ResolutionShift.Linear() : new ResolutionShift.Fixed(null);

    private static FluxVariant RequireSupported(string path, FluxVariant variant) => variant.Unsupported is null
        ? variant
        : throw GessoException.Refused("unsupported_model", $"{path}: {variant.Unsupported}.");

    private Part<ClipTextEncoder> Clip(string path, string? config) =>
        Clip(new WeightSource(Keep(WeightFiles.Open(path))), ConfigIn(path) ?? config);

    private Part<ClipTextEncoder> Clip(WeightSource source, string? config)
    {
        var map = ClipWeightMaps.For(source);
        var sizes = config is null ? ClipConfig.FromTensors(source, map) : JsonFile.Parse(config, ClipConfig.FromTransformers);
        return new(new(w => new ClipTextEncoder(sizes, w), build => CheckpointWeights.Load(source, map, Options(source), "CLIP text encoder", build, ClipWeightMaps.Ignorable)), sizes.Width, source);
    }

    private Part<T5Encoder> T5(string path, string? config) => T5(new WeightSource(Keep(WeightFiles.Open(path))), ConfigIn(path) ?? config);

    private Part<T5Encoder> T5(WeightSource source, string? config)
    {
        var map = T5WeightMaps.For(source);
        var sizes = config is null ? T5Config.FromTensors(source, map) : JsonFile.Parse(config, T5Config.FromTransformers);
        return new(new(w => new T5Encoder(sizes, w), build => CheckpointWeights.Load(source, map, Options(source), "T5 encoder", build, T5WeightMaps.Ignorable)), sizes.Width, source);
    }

    private VaePart AutoEncoder(string path) => AutoEncoder(new WeightSource(Keep(WeightFiles.Open(path))), ConfigIn(path));

    private VaePart AutoEncoder(WeightSource source, string? config)
    {
        var sizes = config is null ? VaeConfig.FromTensors(source) : JsonFile.Parse(config, VaeConfig.FromDiffusers);
        // convolutions are always expanded: they are a fiftieth of the model
        var options = new LoadOptions(target, LinearStorage.Expanded);
        return new(new(w => new AutoEncoder(sizes, w), build => CheckpointWeights.Load(source, VaeWeightMaps.For(source, sizes), options, "autoencoder", build)), sizes, source);
    }

    private LoadOptions Options(WeightSource source) => new(target, storageFor(source.Tensors.Values.Sum(t => t.Elements) * 4));

    private static string? ConfigIn(string path)
    {
        string config = Path.Combine(path, "config.json");
        return Directory.Exists(path) && File.Exists(config) ? config : null;
    }

    /// <summary>A folder of tokenizers that is a whole model folder also tells the encoders' head counts, which single files do not carry.</summary>
    private static string? ConfigBeside(string? folder, string component)
    {
        string config = Path.Combine(folder ?? "", component, "config.json");
        return folder is not null && File.Exists(config) ? config : null;
    }

    private static string TokenizerFolder(string folder, string name) =>
        Directory.Exists(Path.Combine(folder, name)) ? Path.Combine(folder, name) : folder;

    private static bool HasPrefix(ITensorFile file, string prefix) => file.Tensors.Keys.Any(n => n.StartsWith(prefix, StringComparison.Ordinal));

    private ITensorFile Keep(ITensorFile file)
    {
        _files.Add(file);
        return file;
    }

    private sealed record Part<T>(NetworkSlot<T> Slot, int Width, WeightSource Source)
        where T : class;

    private sealed record VaePart(NetworkSlot<AutoEncoder> Slot, VaeConfig Config, WeightSource Source);

    private sealed record Parts
    {
        public required Part<ClipTextEncoder> Clip { get; init; }

        public required Part<T5Encoder> T5 { get; init; }

        public required VaePart AutoEncoder { get; init; }

        public required ClipTokenizer ClipTokenizer { get; init; }

        public required T5Tokenizer T5Tokenizer { get; init; }
    }
}
