using Gesso.Formats;

namespace Gesso.Testing;

/// <summary>Adapter files of random numbers that fit the bundled model, small and strong enough to be seen.</summary>
public static class BundledAdapter
{
    private const string Layer = "transformer.transformer_blocks.0.ff.net.0.proj";
    private const int Hidden = 192, Mlp = 4 * Hidden, Rank = 2;

    /// <summary>Gives the path back.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="seed">Other numbers for another seed.</param>
    /// <param name="width">Another than the model's makes an adapter that does not fit.</param>
    /// <param name="trigger">Its trigger phrase.</param>
    public static string Write(string path, int seed, int width = Hidden, string? trigger = null)
    {
        Dictionary<string, string> metadata = new() { ["modelspec.architecture"] = "flux-1-schnell/lora" };
        if (trigger is not null)
            metadata["modelspec.trigger_phrase"] = trigger;
        return new FileContent()
            .Add(Layer + ".lora_A.weight", StorageType.F32, [Rank, width], RandomValues.Normal(seed, Rank * width, 0.3))
            .Add(Layer + ".lora_B.weight", StorageType.F32, [Mlp, Rank], RandomValues.Normal(seed + 1, Mlp * Rank, 0.3))
            .WriteSafetensors(path, metadata);
    }
}
