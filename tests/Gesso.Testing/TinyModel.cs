using System.Text.Json;
using Gesso.Engine.Library;
using Gesso.Models.Clip;
using Gesso.Models.Flux;
using Gesso.Models.T5;
using Gesso.Models.Vae;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;

namespace Gesso.Testing;

/// <summary>
/// A whole FLUX.1 model of random weights, a hundred kilobytes small: written as a diffusers folder, or as the files that other programs
/// keep. Sizes are such that a single file, whose head counts are guessed from shapes, means the same networks as the folder.
/// </summary>
public sealed record TinyModel
{
    private static readonly Dictionary<(TinyModel, string), FileContent> Made = [];

    /// <summary>dev takes guidance and shifts its schedule, schnell does neither.</summary>
    public bool Dev { get; init; } = true;

    public int Seed { get; init; }

    /// <summary>Tokens that the T5 tokenizer says it is made for.</summary>
    public int TextLength { get; init; } = 512;

    public int Context { get; init; } = 32;

    public int Pooled { get; init; } = 64;

    public int LatentChannels { get; init; } = 4;

    public FluxConfig Transformer => new()
    {
        InChannels = 4 * LatentChannels,
        OutChannels = 4 * LatentChannels,
        Heads = 2,
        HeadDim = 32,
        Axes = [4, 14, 14],
        DoubleBlocks = 1,
        SingleBlocks = 2,
        ContextDim = Context,
        PooledDim = Pooled,
        GuidanceEmbed = Dev,
        MlpHidden = 256,
    };

    public ClipConfig Clip => new()
    {
        Width = Pooled,
        Layers = 1,
        Heads = Math.Max(1, Pooled / 64),
        FeedForward = 32,
        Vocabulary = TinyTokenizers.ClipVocabulary,
        Positions = 77,
    };

    public T5Config T5 => new()
    {
        Width = Context,
        Layers = 2,
        Heads = 2,
        HeadDim = 8,
        FeedForward = 32,
        Vocabulary = TinyTokenizers.T5Vocabulary,
    };

    public VaeConfig Vae => new()
    {
        Channels = [8, 8, 16],
        BlocksPerLevel = 1,
        LatentChannels = LatentChannels,
        NormGroups = 8,
    };

    public FileContent TransformerWeights() => Weights("transformer", w => new FluxTransformer(Transformer, w));

    public FileContent ClipWeights() => Weights("clip", w => new ClipTextEncoder(Clip, w));

    public FileContent T5Weights() => Weights("t5", w => new T5Encoder(T5, w));

    public FileContent VaeWeights() => Weights("vae", w => new AutoEncoder(Vae, w));

    /// <summary>Opens a model on the CPU, weights expanded.</summary>
    public static OpenedModel Open(ModelSource source) => new ModelLoader(ComputeTarget.Cpu, _ => LinearStorage.Expanded).Open(source);

    public static OpenedModel Open(string path) => Open(new ModelSource { Path = path });

    /// <summary>As diffusers stores it. Gives the path back.</summary>
    public string WriteFolder(string folder)
    {
        WriteJson(folder, "model_index.json", new { _class_name = "FluxPipeline" });
        WriteJson(Sub(folder, "scheduler"), "scheduler_config.json", new { shift = Dev ? 3.0 : 1.0, use_dynamic_shifting = Dev });
        TransformerWeights().InDialect(FluxWeightMaps.Diffusers, Transformer.Hidden).WriteSafetensors(Path.Combine(Sub(folder, "transformer"), "diffusion_pytorch_model.safetensors"));
        WriteJson(Sub(folder, "transformer"), "config.json", TransformerJson());
        ClipWeights().WriteSafetensors(Path.Combine(Sub(folder, "text_encoder"), "model.safetensors"));
        WriteJson(Sub(folder, "text_encoder"), "config.json", new
        {
            hidden_size = Clip.Width,
            num_hidden_layers = Clip.Layers,
            num_attention_heads = Clip.Heads,
            intermediate_size = Clip.FeedForward,
            vocab_size = Clip.Vocabulary,
            max_position_embeddings = Clip.Positions,
            hidden_act = "quick_gelu",
        });
        T5Weights().WriteSafetensors(Path.Combine(Sub(folder, "text_encoder_2"), "model.safetensors"));
        WriteJson(Sub(folder, "text_encoder_2"), "config.json", new
        {
            d_model = T5.Width,
            num_layers = T5.Layers,
            num_heads = T5.Heads,
            d_kv = T5.HeadDim,
            d_ff = T5.FeedForward,
            vocab_size = T5.Vocabulary,
        });
        VaeWeights().WriteSafetensors(Path.Combine(Sub(folder, "vae"), "diffusion_pytorch_model.safetensors"));
        WriteJson(Sub(folder, "vae"), "config.json", new
        {
            block_out_channels = Vae.Channels,
            layers_per_block = Vae.BlocksPerLevel,
            latent_channels = Vae.LatentChannels,
            norm_num_groups = Vae.NormGroups,
            use_quant_conv = Vae.QuantConv,
            scaling_factor = Vae.ScalingFactor,
            shift_factor = Vae.ShiftFactor,
        });
        WriteTokenizers(folder);
        return folder;
    }

    public void WriteTokenizers(string folder)
    {
        TinyTokenizers.WriteClip(Sub(folder, "tokenizer"));
        TinyTokenizers.WriteT5(Sub(folder, "tokenizer_2"), TextLength);
    }

    /// <summary>Everything but tokenizers in one file, as ComfyUI keeps it: BFL names, ldm names, prefixes. Gives the path back.</summary>
    public string WriteAllInOne(string path) => TransformerWeights().Renamed(n => "model.diffusion_model." + n)
        .With(ClipWeights().Renamed(n => "text_encoders.clip_l.transformer." + n))
        .With(T5Weights().Renamed(n => "text_encoders.t5xxl.transformer." + n))
        .With(LdmVae().Renamed(n => "vae." + n))
        .WriteSafetensors(path);

    /// <summary>The autoencoder in the names of latent-diffusion, its attention as 1×1 convolutions.</summary>
    public FileContent LdmVae()
    {
        var map = VaeWeightMaps.Ldm(Vae.Channels.Count);
        var ldm = VaeWeights().InDialect(map);
        var content = new FileContent();
        foreach (var (name, tensor) in ldm.Tensors)
        {
            bool attention = name.Contains(".attn_1.", StringComparison.Ordinal) && tensor.Shape.Length == 2;
            content.Add(name, tensor.Type, attention ? [.. tensor.Shape, 1, 1] : tensor.Shape, tensor.Bytes);
        }
        return content;
    }

    /// <summary>Made once for equal models; callers change their copy.</summary>
    private FileContent Weights(string network, Func<WeightScope, object> build)
    {
        if (!Made.TryGetValue((this, network), out var content))
            content = Made[(this, network)] = ParameterList.Random(build, Seed);
        return new FileContent().With(content);
    }

    private object TransformerJson() => new
    {
        in_channels = Transformer.InChannels,
        num_attention_heads = Transformer.Heads,
        attention_head_dim = Transformer.HeadDim,
        axes_dims_rope = Transformer.Axes,
        num_layers = Transformer.DoubleBlocks,
        num_single_layers = Transformer.SingleBlocks,
        joint_attention_dim = Transformer.ContextDim,
        pooled_projection_dim = Transformer.PooledDim,
        guidance_embeds = Transformer.GuidanceEmbed,
    };

    private static string Sub(string folder, string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

    private static void WriteJson(string folder, string file, object json) =>
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(folder).FullName, file), JsonSerializer.Serialize(json));
}
