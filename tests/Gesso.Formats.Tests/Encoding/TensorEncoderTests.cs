using CsCheck;
using Gesso.Formats.Decoding;
using Gesso.Formats.Encoding;
using Gesso.Formats.Tests.Decoding;

namespace Gesso.Formats.Tests.Encoding;

public sealed class TensorEncoderTests
{
    /// <summary>Bit patterns: every float with equal chance, so that NaN, infinities and subnormals come too.</summary>
    private static readonly Gen<float> AnyFloat = Gen.UInt.Select(BitConverter.UInt32BitsToSingle);

    private static readonly Gen<float[]> Block256 = Gen.Select(Gen.Float[-1, 1].Array[256], Gen.Int[-12, 12])
        .Select((values, exponent) => Array.ConvertAll(values, value => MathF.ScaleB(value, exponent)));

    private static readonly float NegativeNaN = BitConverter.UInt32BitsToSingle(0xFFC00000);

    public static TheoryData<StorageType, int> Codes => new() { { StorageType.F16, 65536 }, { StorageType.BF16, 65536 }, { StorageType.F8E4M3, 256 } };

    [Theory]
    [MemberData(nameof(Codes))]
    public void Every_code_that_is_decoded_encodes_to_itself(StorageType type, int codes)
    {
        var bytes = Enumerable.Range(0, codes).SelectMany(code => type.BlockBytes() == 1 ? [(byte)code] : BitConverter.GetBytes((ushort)code)).ToArray();
        var values = new float[codes];
        TensorDecoder.Decode(type, bytes, values);
        var again = new float[codes];
        TensorDecoder.Decode(type, TensorEncoder.Encode(type, values), again);
        SameBits.Assert(values, again, type.ToString());
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void Float_goes_to_the_nearest_code_and_a_tie_to_the_even_one(StorageType type, int codes)
    {
        // Positive codes rise with their values, so the neighbours of a value are found by search.
        var positive = new float[codes / 2];
        var all = Enumerable.Range(0, codes / 2).SelectMany(code => type.BlockBytes() == 1 ? [(byte)code] : BitConverter.GetBytes((ushort)code)).ToArray();
        TensorDecoder.Decode(type, all, positive);
        var finite = positive.TakeWhile(float.IsFinite).ToArray();
        var ties = finite.Zip(finite.Skip(1), (a, b) => (float)((a + (double)b) / 2));
        var random = new Random(1);
        var near = ties.SelectMany(tie => new[] { MathF.BitDecrement(tie), tie, MathF.BitIncrement(tie) }).Where(value => value < finite[^1]);
        var samples = near.Concat(Enumerable.Range(0, 10000).Select(_ => random.NextSingle() * finite[Math.Min(finite.Length - 1, 200)])).ToArray();
        var encoded = TensorEncoder.Encode(type, samples);
        for (var i = 0; i < samples.Length; i++)
        {
            var code = type.BlockBytes() == 1 ? encoded[i] : BitConverter.ToUInt16(encoded, 2 * i);
            var found = Array.BinarySearch(finite, samples[i]);
            var above = found >= 0 ? found : ~found;
            var below = Math.Max(0, found >= 0 ? found : above - 1);
            var (up, down) = ((double)finite[above] - samples[i], (double)samples[i] - finite[below]);
            var expected = up < down || (up == down && above % 2 == 0) ? above : below;
            Assert.True(expected == code, $"{type}: {samples[i]:g9} became {code}, nearest is {expected}.");
        }
    }

    [Fact]
    public void E4m3_saturates_and_keeps_sign_and_nan()
    {
        Assert.Equal(
            [0x7E, 0xFE, 0x7E, 0xFE, 0x7E, 0xFF, 0x7F, 0x00, 0x80, 0x00, 0x01],
            TensorEncoder.Encode(
                StorageType.F8E4M3,
                [1e9f, -1e9f, float.PositiveInfinity, float.NegativeInfinity, 464f, NegativeNaN, -NegativeNaN, 0f, -0f, 1f / 1024, 1.001f / 1024]));
    }

    [Fact]
    public void Any_float_survives_f32_and_wider_formats_lose_at_most_half_a_unit()
    {
        AnyFloat.Array[1, 64].Sample(values =>
        {
            var f32 = new float[values.Length];
            TensorDecoder.Decode(StorageType.F32, TensorEncoder.Encode(StorageType.F32, values), f32);
            Assert.Equal(Array.ConvertAll(values, BitConverter.SingleToInt32Bits), Array.ConvertAll(f32, BitConverter.SingleToInt32Bits));
            var bf16 = new float[values.Length];
            TensorDecoder.Decode(StorageType.BF16, TensorEncoder.Encode(StorageType.BF16, values), bf16);
            for (var i = 0; i < values.Length; i++)
            {
                var subnormalHalfUnit = BitConverter.UInt32BitsToSingle(0x8000);
                Assert.True(
                    float.IsNaN(values[i]) ? float.IsNaN(bf16[i])
                    : float.IsInfinity(bf16[i]) ? MathF.Abs(values[i]) > 3.38e38f
                    : Math.Abs((double)values[i] - bf16[i]) <= Math.Max(Math.Abs((double)values[i]) / 256, subnormalHalfUnit),
                    $"{values[i]:g9} became {bf16[i]:g9}.");
            }
        });
    }

    [Fact]
    public void Q8_0_is_off_by_at_most_half_a_step()
    {
        Block256.Sample(values =>
        {
            var decoded = RoundTrip(StorageType.Q8_0, values);
            for (var block = 0; block < values.Length; block += 32)
            {
                var step = values.AsSpan(block, 32).ToArray().Max(MathF.Abs) / 127;
                for (var i = block; i < block + 32; i++)
                    Assert.True(MathF.Abs(values[i] - decoded[i]) <= Bound(step, 0.5f, 127), $"{values[i]} became {decoded[i]}, step {step}.");
            }
        });
    }

    [Fact]
    public void Q4_0_is_off_by_at_most_half_a_step_and_by_one_at_the_far_end()
    {
        Block256.Sample(values =>
        {
            var decoded = RoundTrip(StorageType.Q4_0, values);
            for (var block = 0; block < values.Length; block += 32)
            {
                var extreme = values.AsSpan(block, 32).ToArray().MaxBy(MathF.Abs);
                var step = MathF.Abs(extreme) / 8;
                for (var i = block; i < block + 32; i++)
                {
                    // The codes reach 8 steps on the side of the extreme value and 7 on the other.
                    var atFarEnd = values[i] * MathF.Sign(extreme) < -7.5f * step;
                    Assert.True(MathF.Abs(values[i] - decoded[i]) <= Bound(step, atFarEnd ? 1 : 0.5f, 8), $"{values[i]} became {decoded[i]}, step {step}.");
                }
            }
        });
    }

    [Fact]
    public void Q4_K_is_off_by_at_most_a_step_and_closer_than_rounding_over_the_range()
    {
        Block256.Sample(values =>
        {
            var decoded = RoundTrip(StorageType.Q4_K, values);
            double error = 0, square = 0;
            for (var group = 0; group < values.Length; group += 32)
            {
                var x = values.AsSpan(group, 32).ToArray();
                var step = (Math.Max(0, x.Max()) - Math.Min(0, x.Min())) / 15;
                for (var i = group; i < group + 32; i++)
                {
                    Assert.True(MathF.Abs(values[i] - decoded[i]) <= 1.5f * step, $"{values[i]} became {decoded[i]}, step {step}.");
                    error += Math.Pow(values[i] - decoded[i], 2);
                    square += step * step / 12;
                }
            }

            // Uniform rounding over the range has the mean square step²/12; 6-bit scales may cost some of what the search wins.
            Assert.True(error <= 1.25 * square, $"mean square {error / square:f3} of that of rounding.");
        });
    }

    [Fact]
    public void Quantised_values_that_are_quantised_again_stay_where_they_are()
    {
        foreach (var type in new[] { StorageType.Q8_0, StorageType.Q4_0 })
        {
            Block256.Sample(values =>
            {
                var once = RoundTrip(type, values);
                var twice = RoundTrip(type, once);
                for (var i = 0; i < once.Length; i++)
                    Assert.True(MathF.Abs(once[i] - twice[i]) <= 2e-3f * MathF.Abs(once[i]), $"{type}: {once[i]} became {twice[i]}.");
            });
        }
    }

    [Theory]
    [InlineData(StorageType.Q8_0)]
    [InlineData(StorageType.Q4_0)]
    [InlineData(StorageType.Q4_K)]
    public void Zeros_and_values_below_the_smallest_scale_become_zeros(StorageType type)
    {
        Assert.All(RoundTrip(type, new float[256]), value => Assert.Equal(0, value));
        var tiny = new float[256];
        Array.Fill(tiny, 1e-40f);
        Assert.All(RoundTrip(type, tiny), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(StorageType.Q8_0)]
    [InlineData(StorageType.Q4_0)]
    [InlineData(StorageType.Q4_K)]
    public void Value_that_no_block_can_hold_is_a_typed_error(StorageType type)
    {
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e30f })
        {
            var values = new float[256];
            values[77] = bad;
            FileErrors.Expect(TensorFileCodes.BadValue, () => TensorEncoder.Encode(type, values));
        }
    }

    [Fact]
    public void Types_without_an_encoder_and_broken_blocks_are_typed_errors()
    {
        FileErrors.Expect(TensorFileCodes.UnknownType, () => TensorEncoder.Encode(StorageType.IQ4_XS, new float[256]));
        FileErrors.Expect(TensorFileCodes.BadShape, () => TensorEncoder.Encode(StorageType.Q8_0, new float[31]));
        Assert.Throws<ArgumentException>(() => TensorEncoder.Encode(StorageType.F32, new float[2], new byte[7]));
    }

    /// <summary>The step times a factor, plus the rounding of the scale to binary16 (2^-11, or 2^-25 among subnormals) times the largest code.</summary>
    private static float Bound(float step, float factor, int largestCode) =>
        step * factor * 1.001f + largestCode * MathF.Max(step / 2048, MathF.ScaleB(1, -25)) + 1e-9f;

    private static float[] RoundTrip(StorageType type, float[] values)
    {
        var decoded = new float[values.Length];
        TensorDecoder.Decode(type, TensorEncoder.Encode(type, values), decoded);
        return decoded;
    }
}
