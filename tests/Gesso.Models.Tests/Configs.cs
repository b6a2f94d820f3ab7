using Gesso.Models.Flux;

namespace Gesso.Models.Tests;

internal static class Configs
{
    /// <summary>Lists in records compare by reference, so they are compared on their own.</summary>
    public static void AssertEqual(FluxConfig expected, FluxConfig actual)
    {
        Assert.Equal(expected.Axes, actual.Axes);
        Assert.Equal(expected with { Axes = actual.Axes }, actual);
    }
}
