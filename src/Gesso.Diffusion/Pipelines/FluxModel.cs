using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Schedules;
using Gesso.Models.Clip;
using Gesso.Models.Flux;
using Gesso.Models.T5;
using Gesso.Models.Vae;
using Gesso.Tokenizers;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;

namespace Gesso.Diffusion.Pipelines;

/// <summary>
/// A network that is loaded at its first use and can be let go in between (text encoders after encoding, on small devices). Adapters stay with the slot: a network
/// that is loaded again has them again.
/// </summary>
/// <param name="build">The network's constructor.</param>
/// <param name="load">Loads what <paramref name="build"/> makes.</param>
public sealed class NetworkSlot<T>(Func<WeightScope, T> build, Func<Func<WeightScope, T>, LoadedNetwork<T>> load) : IDisposable
    where T : class
{
    private readonly List<IReadOnlyList<(AdapterPart Part, double Strength)>> _merged = [];
    private LoadedNetwork<T>? _loaded;
    private NetworkShape? _shape;

    public bool IsLoaded => _loaded is not null;

    /// <summary>Names and sizes of its layers, without loading.</summary>
    public NetworkShape Shape => _shape ??= NetworkShape.Of(build);

    /// <summary>Its layers, loaded.</summary>
    public NetworkLayers Layers => Loaded().Layers;

    /// <summary>The adapters on it.</summary>
    public IReadOnlyList<(AdapterPart Part, double Strength)> Adapters
    {
        get;
        set
        {
            if (_loaded is not null && (field.Count > 0 || value.Count > 0))
                AdapterPart.Put(_loaded.Layers, value);
            field = value;
        }
    } = [];

    public T Use() => Loaded().Network;

    /// <summary>Adds adapters to its weights for good.</summary>
    public void Merge(IReadOnlyList<(AdapterPart Part, double Strength)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0)
            return;
        _merged.Add(parts);
        if (_loaded is not null)
            Fold(_loaded.Layers, parts);
    }

    public void Release()
    {
        _loaded?.Dispose();
        _loaded = null;
    }

    public void Dispose() => Release();

    private LoadedNetwork<T> Loaded()
    {
        if (_loaded is not null)
            return _loaded;
        var loaded = load(build);
        foreach (var parts in _merged)
            Fold(loaded.Layers, parts);
        if (Adapters.Count > 0)
            AdapterPart.Put(loaded.Layers, Adapters);
        return _loaded = loaded;
    }

    private void Fold(NetworkLayers layers, IReadOnlyList<(AdapterPart Part, double Strength)> parts)
    {
        AdapterPart.Put(layers, parts);
        layers.Fold();
        if (Adapters.Count > 0)
            AdapterPart.Put(layers, Adapters);
    }
}

/// <summary>The four networks of a FLUX.1 model, its tokenizers and its schedule.</summary>
public sealed class FluxModel : IDisposable
{
    public FluxModel() => Adapters = new AdapterShelf(this);

    /// <summary>What is put on the networks.</summary>
    public AdapterShelf Adapters { get; }

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

    /// <summary>What the transformer's weights take while they stay as they are stored; null: they are expanded to what is computed in.</summary>
    public long? CompactBytes { get; init; }

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
        Adapters.Dispose();
    }
}
