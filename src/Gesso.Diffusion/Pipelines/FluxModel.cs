using Gesso.Diffusion.Schedules;
using Gesso.Models.Clip;
using Gesso.Models.Flux;
using Gesso.Models.T5;
using Gesso.Models.Vae;
using Gesso.Tokenizers;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;

namespace Gesso.Diffusion.Pipelines;

/// <summary>A network that is loaded at its first use and can be let go in between (text encoders after encoding, on small devices).</summary>
public sealed class NetworkSlot<T>(Func<LoadedNetwork<T>> load) : IDisposable
    where T : class
{
    private LoadedNetwork<T>? _loaded;

    public bool IsLoaded => _loaded is not null;

    public T Use() => (_loaded ??= load()).Network;

    /// <summary>Where side branches hang on; loads the network.</summary>
    public NetworkLayers Layers => (_loaded ??= load()).Layers;

    public void Release()
    {
        _loaded?.Dispose();
        _loaded = null;
    }

    public void Dispose() => Release();
}

/// <summary>The four networks of a FLUX.1 model, its tokenizers and its schedule.</summary>
public sealed class FluxModel : IDisposable
{
    /// <summary>Tells models apart; a run that was saved with one is not continued with another.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Tells autoencoders apart; read at its first use.</summary>
    public required Lazy<string> AutoEncoderFingerprint { get; init; }

    /// <summary>Tells pairs of text encoders apart; read at its first use.</summary>
    public required Lazy<string> TextFingerprint { get; init; }

    public required NetworkSlot<ClipTextEncoder> Clip { get; init; }

    public required NetworkSlot<T5Encoder> T5 { get; init; }

    public required NetworkSlot<FluxTransformer> Transformer { get; init; }

    public required NetworkSlot<AutoEncoder> AutoEncoder { get; init; }

    public required ClipTokenizer ClipTokenizer { get; init; }

    public required T5Tokenizer T5Tokenizer { get; init; }

    public required FluxConfig TransformerConfig { get; init; }

    public required VaeConfig AutoEncoderConfig { get; init; }

    public required ResolutionShift Shift { get; init; }

    public required ComputeTarget Target { get; init; }

    /// <summary>Let the text encoders go after each prompt (devices that cannot hold everything at once).</summary>
    public bool ReleaseEncoders { get; init; }

    /// <summary>Width and height of a picture are multiples of this: two latent cells.</summary>
    public int PixelStep => 2 * AutoEncoderConfig.Downscale;

    public void Dispose()
    {
        Clip.Dispose();
        T5.Dispose();
        Transformer.Dispose();
        AutoEncoder.Dispose();
    }
}
