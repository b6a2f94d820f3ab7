using CsCheck;
using Gesso.Contracts.Errors;
using Gesso.Diffusion.Latents;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Latents;

public sealed class PackedLatentTests
{
    [Fact]
    public void Unpack_undoes_pack() => Gen.Select(Gen.Long[1, 3], Gen.Long[1, 5], Gen.Int[1, 6], Gen.Int[1, 6]).Sample(
        (batch, channels, rows, columns) =>
        {
            using var leaks = new LeakCheck();
            using var scope = NewDisposeScope();
            var latent = arange(batch * channels * 4 * rows * columns, ScalarType.Float32).view(batch, channels, 2 * rows, 2 * columns);

            var packed = PackedLatent.Pack(latent);

            Assert.Equal([batch, (long)rows * columns, 4 * channels], packed.shape);
            Assert.True(PackedLatent.Unpack(packed, rows, columns).eq(latent).all().item<bool>());
        },
        iter: 60,
        threads: 1);

    [Fact]
    public void A_token_has_the_channel_slowest_then_row_and_column_of_the_patch() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5], Gen.Int[1, 5], Gen.Int[0, 10_000]).Sample(
            (channels, rows, columns, pick) =>
            {
                using var scope = NewDisposeScope();
                var latent = arange(channels * 4 * rows * columns, ScalarType.Float32).view(1, channels, 2 * rows, 2 * columns);
                var random = new Random(pick);
                int row = random.Next(rows), column = random.Next(columns), channel = random.Next(channels), y = random.Next(2), x = random.Next(2);

                float packed = PackedLatent.Pack(latent)[0, row * columns + column, channel * 4 + y * 2 + x].item<float>();

                return packed == latent[0, channel, 2 * row + y, 2 * column + x].item<float>();
            },
            iter: 60,
            threads: 1);

    [Theory]
    [InlineData(3, 2)]
    [InlineData(2, 5)]
    public void Odd_grids_are_refused(long height, long width)
    {
        using var latent = zeros(1, 4, height, width);

        Assert.Contains("even h, w", Refusal.Of("shape_mismatch", ErrorKind.Bug, () => PackedLatent.Pack(latent)));
    }

    [Fact]
    public void Other_shapes_are_refused_with_both_shapes()
    {
        using var flat = zeros(4, 2, 2);
        using var packed = zeros(1, 6, 16);
        using var uneven = zeros(1, 6, 15);

        Assert.Contains("[4, 2, 2]", Refusal.Of("shape_mismatch", ErrorKind.Bug, () => PackedLatent.Pack(flat)));
        Assert.Contains("[any, 4, any], got [1, 6, 16]", Refusal.Of("shape_mismatch", ErrorKind.Bug, () => PackedLatent.Unpack(packed, 2, 2)));
        Assert.Contains("[1, 6, 15]", Refusal.Of("shape_mismatch", ErrorKind.Bug, () => PackedLatent.Unpack(uneven, 2, 3)));
    }

    [Fact]
    public void Position_ids_are_index_row_and_column() => Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[0, 3]).Sample(
        (rows, columns, index) =>
        {
            using var leaks = new LeakCheck();
            using var ids = PositionIds.Image(rows, columns, index);

            Assert.Equal([(long)rows * columns, 3], ids.shape);
            Assert.Equal(
                Enumerable.Range(0, rows * columns).SelectMany(i => new float[] { index, i / columns, i % columns }),
                ids.data<float>().ToArray());
        },
        iter: 40,
        threads: 1);

    [Fact]
    public void Position_ids_of_text_are_zero()
    {
        using var ids = PositionIds.Text(7);

        Assert.Equal([7, 3], ids.shape);
        Assert.All(ids.data<float>().ToArray(), v => Assert.Equal(0, v));
    }
}
