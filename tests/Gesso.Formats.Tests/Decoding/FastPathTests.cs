using System.Runtime.Intrinsics.X86;
using CsCheck;
using Gesso.Formats.Decoding;

namespace Gesso.Formats.Tests.Decoding;

public sealed class FastPathTests
{
    /// <summary>Scales that break careless arithmetic: NaN, infinities, zeros, subnormals, the largest.</summary>
    private static readonly ushort[] HardHalves =
        [0x7C00, 0xFC00, 0x7E00, 0x7C01, 0xFFFF, 0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x0400, 0x7BFF, 0xFBFF, 0x3C00];

    public static TheoryData<StorageType> Types => [.. Enum.GetValues<StorageType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Fast_path_gives_the_bits_of_the_plain_one_on_random_bytes_and_hard_scales(StorageType type)
    {
        Assert.True(TensorDecoder.TryDecodeFast(type, [], []) || !Avx2.IsSupported || !type.IsBlockQuantized() || type == StorageType.NF4, $"{type} has no fast path.");
        Gen.Select(Gen.Int[0, 40], Gen.UInt, Gen.Bool).Sample(
            (blocks, seed, hard) =>
            {
                var random = new Random((int)seed);
                var bytes = new byte[blocks * type.BlockBytes()];
                random.NextBytes(bytes);
                if (hard)
                    PlantHardHalves(type, bytes, random);
                var expected = new float[blocks * type.BlockElements()];
                TensorDecoder.DecodePlain(type, bytes, expected);
                var actual = new float[expected.Length];
                TensorDecoder.Decode(type, bytes, actual);
                SameBits.Assert(expected, actual, type.ToString());
            },
            iter: 300,
            threads: 1);
    }

    [Theory]
    [InlineData(StorageType.F16, 65536)]
    [InlineData(StorageType.BF16, 65536)]
    [InlineData(StorageType.F8E4M3, 256)]
    [InlineData(StorageType.F8E5M2, 256)]
    public void Fast_path_gives_the_bits_of_the_plain_one_on_every_code(StorageType type, int codes)
    {
        var bytes = Enumerable.Range(0, codes).SelectMany(code => type.BlockBytes() == 1 ? [(byte)code] : BitConverter.GetBytes((ushort)code)).ToArray();
        var expected = new float[codes];
        TensorDecoder.DecodePlain(type, bytes, expected);
        var actual = new float[codes];
        TensorDecoder.Decode(type, bytes, actual);
        SameBits.Assert(expected, actual, type.ToString());
    }

    [Theory]
    [InlineData(StorageType.BF16, 1)]
    [InlineData(StorageType.BF16, 3)]
    [InlineData(StorageType.Q4_K, 2)]
    [InlineData(StorageType.I8, 4)]
    public void Parallel_decoding_gives_the_bits_of_one_thread(StorageType type, int threads)
    {
        const int elements = 3 * (1 << 18) + 256; // three whole parts and a bit
        var bytes = new byte[type.ByteLength(elements)];
        new Random(7).NextBytes(bytes);
        var expected = new float[elements];
        TensorDecoder.Decode(type, bytes, expected);
        var actual = new float[elements];
        TensorDecoder.DecodeParallel(type, bytes, actual, threads);
        SameBits.Assert(expected, actual, type.ToString());
    }

    [Fact]
    public void Parallel_decoding_checks_its_arguments()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => TensorDecoder.DecodeParallel(StorageType.U8, [], [], 0));
        Assert.Throws<ArgumentException>(() => TensorDecoder.DecodeParallel(StorageType.U8, [1], [], 2));
    }

    /// <summary>Writes hard values where the block has its binary16 scales: at its start or at its end, by format; elsewhere they do no harm.</summary>
    private static void PlantHardHalves(StorageType type, byte[] bytes, Random random)
    {
        var block = type.BlockBytes();
        for (var start = 0; start < bytes.Length && block >= 2; start += block)
        {
            foreach (var at in new[] { 0, 2, block - 4, block - 2 }.Where(at => at >= 0 && at + 2 <= block))
            {
                if (random.Next(2) == 0)
                    BitConverter.TryWriteBytes(bytes.AsSpan(start + at), HardHalves[random.Next(HardHalves.Length)]);
            }
        }
    }
}
