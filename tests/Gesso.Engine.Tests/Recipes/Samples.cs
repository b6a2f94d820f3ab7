using Gesso.Contracts.Images;
using Gesso.Engine.Recipes;
using SkiaSharp;

namespace Gesso.Engine.Tests.Recipes;

internal static class Samples
{
    public static string Hash { get; } = string.Concat(Enumerable.Repeat("0a1b2c3d", 8));

    /// <summary>Every member set.</summary>
    public static Recipe Full { get; } = new()
    {
        Prompt = "a red fox, detailed: 狐\nsecond line",
        Prompt2 = "for T5",
        LaysWords = true,
        TextRing = 0.25,
        NegativePrompt = "blurry, \"low quality\"",
        Size = new ImageSize(1344, 768),
        Steps = 28,
        Guidance = 3.5,
        TrueGuidance = 1,
        Seed = new Seed(long.MaxValue),
        Sampler = "dpmpp-2m",
        Parity = ParityMode.Bfl,
        TextLength = 512,
        Strength = 0.75,
        Model = new RecipeModel("flux-dev, tuned", Hash),
        InitImage = new RecipeFile("start.png", Hash),
        Mask = new RecipeFile(null, Hash),
        Software = "gesso 0.1.0",
        Engine = new EngineFacts("cpu", "float32", 2, "libtorch 2.10.0"),
        Extras = [new RecipeExtra("Schedule type", "Simple")],
    };

    public static byte[] Png()
    {
        using var bitmap = new SKBitmap(3, 2);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>Records compare lists by identity; here their items count.</summary>
    public static void AssertSame(Recipe expected, Recipe actual)
    {
        Assert.Equal(expected.Extras, actual.Extras);
        Assert.Equal(expected.Adapters, actual.Adapters);
        Assert.Equal(expected with { Extras = actual.Extras, Adapters = actual.Adapters }, actual);
    }
}
