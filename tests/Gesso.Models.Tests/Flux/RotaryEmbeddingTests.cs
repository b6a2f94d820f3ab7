using CsCheck;
using Gesso.Contracts.Errors;
using Gesso.Models.Flux;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Models.Tests.Flux;

public sealed class RotaryEmbeddingTests
{
    private static readonly Gen<int[]> Axes = Gen.Int[1, 6].Select(half => 2 * half).Array[1, 4];

    [Fact]
    public void Apply_and_the_plain_path_agree() => Gen.Select(Axes, Gen.Int[1, 3], Gen.Int[1, 7], Gen.Int[1, 3], Gen.Int[0, 10_000]).Sample(
        (axes, batch, length, heads, seed) =>
        {
            using var leaks = new LeakCheck();
            using var scope = NewDisposeScope();
            var ids = tensor(RandomValues.Normal(seed, length * axes.Length, scale: 30)).round().view(length, axes.Length);
            var factors = RotaryEmbedding.Factors(ids, axes, 10_000);
            long[] shape = [batch, length, heads, axes.Sum()];
            var x = tensor(RandomValues.Normal(seed + 1, shape.Aggregate(1L, (a, b) => a * b))).view(shape);

            var fast = RotaryEmbedding.Apply(x, factors);
            var plain = RotaryEmbedding.ApplyPlain(x, factors);

            Assert.Equal(shape, fast.shape);
            Assert.Equal(shape, plain.shape);
            Assert.True((fast - plain).abs().max().item<float>() <= 2e-6f * (1 + x.abs().max().item<float>()));
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void Pairs_turn_by_the_angles_of_the_definition() => Gen.Select(Axes, Gen.Int[2, 20_000], Gen.Int[0, 10_000]).Sample(
        (axes, theta, seed) =>
        {
            using var scope = NewDisposeScope();
            int width = axes.Sum();
            var random = new Random(seed);
            float[] position = [.. axes.Select(_ => (float)random.Next(0, 300))];
            float[] x = RandomValues.Normal(seed, width);

            float[] turned = RotaryEmbedding.Apply(tensor(x).view(1, 1, 1, width), RotaryEmbedding.Factors(tensor(position).view(1, axes.Length), axes, theta))
                .data<float>().ToArray();

            for (int axis = 0, channel = 0; axis < axes.Length; axis++)
            {
                for (int i = 0; i < axes[axis]; i += 2, channel += 2)
                {
                    double angle = position[axis] * Math.Pow(theta, -(double)i / axes[axis]);
                    Assert.Equal(x[channel] * Math.Cos(angle) - x[channel + 1] * Math.Sin(angle), turned[channel], 2e-6 * 5);
                    Assert.Equal(x[channel + 1] * Math.Cos(angle) + x[channel] * Math.Sin(angle), turned[channel + 1], 2e-6 * 5);
                }
            }
        },
        iter: 100,
        threads: 1);

    [Fact]
    public void Bfloat16_is_turned_in_f32_and_stays_bfloat16()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var factors = RotaryEmbedding.Factors(tensor(new float[] { 3, 5 }).view(2, 1), [8], 10_000);
        var x = tensor(RandomValues.Normal(1, 16)).view(1, 2, 1, 8);

        var turned = RotaryEmbedding.Apply(x.to(ScalarType.BFloat16), factors);

        Assert.Equal(ScalarType.BFloat16, turned.dtype);
        // the values of RandomValues are bf16 already, so only the result was rounded
        Assert.Equal(RotaryEmbedding.ApplyPlain(x, factors).to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>().ToArray(),
            turned.to(ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void Factors_refuse_ids_with_other_axes()
    {
        using var ids = zeros(4, 2);

        Refusal.Of("shape_mismatch", ErrorKind.Bug, () => RotaryEmbedding.Factors(ids, [4, 14, 14], 10_000));
    }
}
