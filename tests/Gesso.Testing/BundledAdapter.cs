using Gesso.Formats;

namespace Gesso.Testing;

/// <summary>Adapter files of random numbers that fit the bundled model, small and strong enough to be seen.</summary>
public static class BundledAdapter
{
    private const string Layer = "transformer.transformer_blocks.0.ff.net.0.proj";
    private const int Channels = 32, Hidden = 192, Mlp = 4 * Hidden, Rank = 2;

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

    /// <summary>One that follows a control picture (BFL's names). Gives the path back.</summary>
    public static string WriteControl(string path, int seed) => new FileContent()
        .Add("img_in.lora_A.weight", StorageType.F32, [Rank, 2 * Channels], RandomValues.Normal(seed, Rank * 2 * Channels, 0.3))
        .Add("img_in.lora_B.weight", StorageType.F32, [Hidden, Rank], RandomValues.Normal(seed + 1, Hidden * Rank, 0.3))
        .Add("img_in.lora_B.bias", StorageType.F32, [Hidden], RandomValues.Normal(seed + 2, Hidden, 0.1))
        .WriteSafetensors(path);
}
