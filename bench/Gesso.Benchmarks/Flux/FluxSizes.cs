using Gesso.Models.Flux;

namespace Gesso.Benchmarks.Flux;

/// <summary>FLUX.1 dev's widths (flux/src/flux/util.py), with as many blocks as fit into memory.</summary>
internal static class FluxSizes
{
    public static FluxConfig Config(int doubleBlocks, int singleBlocks) => new FluxConfig
    {
        InChannels = 64,
        OutChannels = 64,
        Heads = 24,
        HeadDim = 128,
        Axes = [16, 56, 56],
        DoubleBlocks = doubleBlocks,
        SingleBlocks = singleBlocks,
        ContextDim = 4096,
        PooledDim = 768,
        GuidanceEmbed = true,
        MlpHidden = 12_288,
    }.Validate();

    /// <summary>Rows and columns of an image of that many tokens, as square as the number allows.</summary>
    public static (int Rows, int Columns) Grid(int imageTokens)
    {
        int rows = (int)Math.Sqrt(imageTokens);
        while (imageTokens % rows != 0)
            rows--;
        return (rows, imageTokens / rows);
    }
}
