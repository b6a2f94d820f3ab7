using System.Globalization;

namespace Gesso.Contracts.Images;

/// <summary>The seed of all random draws of one picture: 0 … 2^63−1. Same seed, same machine, same request → same bytes.</summary>
public readonly record struct Seed(long Value)
{
    /// <summary>The seed of picture <paramref name="index"/> in a request for several: the first picture uses the seed itself.</summary>
    public Seed Next(int index) => new((Value + index) & long.MaxValue);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
