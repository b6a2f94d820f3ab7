using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Torch.Weights;

namespace Gesso.Models.Flux;

/// <summary>What distinguishes the members of the FLUX.1 family for a user: what they take and how they are meant to be run.</summary>
/// <param name="Name">schnell, dev, fill, control.</param>
/// <param name="Title">For people.</param>
/// <param name="Steps">Steps they are published with.</param>
/// <param name="Guidance">Distilled guidance they are published with; 0 where there is none.</param>
/// <param name="TextLength">T5 tokens.</param>
/// <param name="Shifted">Whether the schedule moves with the size of the picture.</param>
/// <param name="Unsupported">Why this variant is not run yet; null when it is.</param>
public sealed record FluxVariant(string Name, string Title, int Steps, double Guidance, int TextLength, bool Shifted, string? Unsupported = null)
{
    public static FluxVariant Schnell { get; } = new("schnell", "FLUX.1 schnell", 4, 0, 256, false);

    public static FluxVariant Dev { get; } = new("dev", "FLUX.1 dev", 28, 3.5, 512, true);

    public static FluxVariant Fill { get; } = new("fill", "FLUX.1 Fill", 50, 30, 512, true,
        "FLUX.1 Fill takes a masked picture beside the noise, which Gesso does not feed yet; inpaint with FLUX.1 dev or schnell and --mask instead");

    public static FluxVariant Control { get; } = new("control", "FLUX.1 Canny/Depth", 28, 10, 512, true);

    /// <summary>By the channels and inputs of the transformer (README.md beside this file): Kontext and Krea have dev's graph and run as dev.</summary>
    public static FluxVariant Of(FluxConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.InChannels == config.OutChannels)
            return config.GuidanceEmbed ? Dev : Schnell;
        return config.InChannels == 2 * config.OutChannels ? Control : Fill;
    }
}

/// <summary>Where a FLUX.1 transformer is inside a file, and in which names.</summary>
public sealed record DetectedFlux(WeightSource Source, WeightMap Map, FluxConfig Config, FluxVariant Variant);

/// <summary>Recognises transformers by their tensors, and look-alikes by what gives them away.</summary>
public static class FluxDetection
{
    private static readonly string[] Prefixes = ["", "model.diffusion_model.", "diffusion_model.", "transformer.", "model."];

    /// <summary>First mark that is found decides; each names what the file is and what to do instead.</summary>
    private static readonly (string Mark, string What)[] LookAlikes =
    [
        ("lora_", "an adapter (LoRA), not a model: give the base model with --model; adapters go beside it"),
        (".lora_A.", "an adapter (LoRA), not a model: give the base model with --model; adapters go beside it"),
        (".processor.", "an adapter (LoRA in XLabs' names), not a model: give the base model with --model"),
        ("lokr_w", "an adapter (LoKr), not a model: give the base model with --model"),
        ("hada_w", "an adapter (LoHa), not a model: give the base model with --model"),
        ("distilled_guidance_layer.", "Chroma, which shares FLUX's block names but not its modulation: it is not supported"),
        ("double_stream_modulation_img", "FLUX.2, which is not supported yet: use a FLUX.1 model"),
        ("controlnet_", "a ControlNet, not a model of its own"),
        ("redux_up.", "FLUX.1 Redux, an image-prompt adapter, not a model of its own"),
        ("joint_blocks.", "Stable Diffusion 3, which is not supported: use a FLUX.1 model"),
        ("input_blocks.", "Stable Diffusion 1, 2 or XL, which is not supported: use a FLUX.1 model"),
        ("down_blocks.0.attentions.", "a Stable Diffusion U-Net, which is not supported: use a FLUX.1 model"),
        ("txt_in.individual_token_refiner", "HunyuanVideo, which is not supported: use a FLUX.1 model"),
        ("txt_norm.weight", "Qwen-Image or a relative of it, which is not supported: use a FLUX.1 model"),
        ("noise_refiner.", "Lumina or Z-Image, which is not supported: use a FLUX.1 model"),
        ("blocks.0.cross_attn.", "Wan or a relative of it, which is not supported: use a FLUX.1 model"),
        ("caption_projection.", "PixArt or a relative of it, which is not supported: use a FLUX.1 model"),
    ];

    /// <summary>Finds the transformer; null when the file has none and is nothing known.</summary>
    /// <exception cref="GessoException">Refused (<c>unsupported_model</c>) for look-alikes.</exception>
    public static DetectedFlux? Find(ITensorFile file, IReadOnlyList<int>? axes = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (LookAlike(file) is { } what)
            throw GessoException.Refused("unsupported_model", $"{file.Path} is {what}.");
        foreach (string prefix in Prefixes)
        {
            bool bfl = file.Tensors.ContainsKey(prefix + "double_blocks.0.img_attn.qkv.weight");
            bool diffusers = file.Tensors.ContainsKey(prefix + "transformer_blocks.0.attn.add_q_proj.weight")
                && file.Tensors.ContainsKey(prefix + "x_embedder.weight");
            if (!bfl && !diffusers)
                continue;
            var source = new WeightSource(file, prefix);
            var map = bfl ? FluxWeightMaps.Bfl : FluxWeightMaps.Diffusers;
            var config = ConfigOf(source, map, axes);
            return new DetectedFlux(source, map, config, FluxVariant.Of(config));
        }
        return null;
    }

    /// <summary>What a file is that is not FLUX.1, or null.</summary>
    public static string? LookAlike(ITensorFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Tensors.Keys.Any(n => n.EndsWith(".diff", StringComparison.Ordinal) || n.EndsWith(".diff_b", StringComparison.Ordinal)))
            return "an adapter (full differences), not a model: give the base model with --model";
        foreach (var (mark, what) in LookAlikes)
        {
            if (file.Tensors.Keys.Any(name => name.Contains(mark, StringComparison.Ordinal)))
                return what;
        }
        return null;
    }

    /// <summary>All sizes from the shapes; only the rotary split is not in them: an eighth and two times seven sixteenths of the head width, as in FLUX.1.</summary>
    private static FluxConfig ConfigOf(WeightSource source, WeightMap map, IReadOnlyList<int>? axes)
    {
        IReadOnlyList<long>? Find(string canonical)
        {
            var (layout, names) = map.Resolve(canonical);
            return layout == RowLayout.Stacked ? source.Find(names[^1])?.Shape : names.Select(source.Find).FirstOrDefault(t => t is not null)?.Shape;
        }

        int Dim(string canonical, int axis)
        {
            var shape = Find(canonical);
            return shape is not null && axis < shape.Count
                ? (int)shape[axis]
                : throw GessoException.Invalid("weights_mismatch", $"{source.Path} looks like a FLUX.1 transformer, but {canonical} is missing: the file is incomplete.");
        }

        int Count(string pattern)
        {
            int n = 0;
            while (Find(string.Format(pattern, n)) is not null)
                n++;
            return n;
        }

        int hidden = Dim("img_in.weight", 0);
        int headDim = Dim("double_blocks.0.img_attn.norm.query_norm.scale", 0);
        if (headDim < 2)
            throw GessoException.Invalid("weights_mismatch", $"{source.Path} looks like a FLUX.1 transformer, but its heads are {headDim} wide: the file is damaged.");
        // seven sixteenths are an even number of channels from 32 on
        if (axes is null && headDim % 32 != 0)
        {
            throw GessoException.Invalid("unknown_axes",
                $"{source.Path}: the head width is {headDim}, for which the rotary split is not known; a config.json beside the file or --axes a,b,c gives it.");
        }
        return new FluxConfig
        {
            InChannels = Dim("img_in.weight", 1),
            OutChannels = Dim("final_layer.linear.weight", 0),
            Heads = hidden / headDim,
            HeadDim = headDim,
            Axes = axes ?? [headDim / 8, headDim * 7 / 16, headDim * 7 / 16],
            DoubleBlocks = Count("double_blocks.{0}.img_attn.norm.query_norm.scale"),
            SingleBlocks = Count("single_blocks.{0}.norm.query_norm.scale"),
            ContextDim = Dim("txt_in.weight", 1),
            PooledDim = Dim("vector_in.in_layer.weight", 1),
            GuidanceEmbed = Find("guidance_in.in_layer.weight") is not null,
            MlpHidden = Dim("double_blocks.0.img_mlp.0.weight", 0),
            SinusoidDim = Dim("time_in.in_layer.weight", 1),
        }.Validate();
    }
}
