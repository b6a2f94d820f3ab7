using System.Runtime.InteropServices;
using Gesso.Formats.Decoding;

namespace Gesso.Formats.Tests.Decoding;

public sealed class TensorDecoderTests
{
    [Fact]
    public void Integers_booleans_and_doubles_become_the_nearest_floats()
    {
        Assert.Equal([-128, 127, -1], Decode<sbyte>(StorageType.I8, [-128, 127, -1]));
        Assert.Equal([0, 255], Decode<byte>(StorageType.U8, [0, 255]));
        Assert.Equal([-32768, 32767], Decode<short>(StorageType.I16, [short.MinValue, short.MaxValue]));
        Assert.Equal([65535], Decode<ushort>(StorageType.U16, [65535]));
        Assert.Equal([-2147483648f, 16777216, 16777220], Decode<int>(StorageType.I32, [int.MinValue, 16777217, 16777219]));
        Assert.Equal([4294967296f], Decode<uint>(StorageType.U32, [uint.MaxValue]));
        Assert.Equal([-9223372036854775808f, 1], Decode<long>(StorageType.I64, [long.MinValue, 1]));
        Assert.Equal([18446744073709551616f], Decode<ulong>(StorageType.U64, [ulong.MaxValue]));
        Assert.Equal([0, 1, 1], Decode<byte>(StorageType.Bool, [0, 1, 2]));
        Assert.Equal([0.1f, float.PositiveInfinity, float.NaN], Decode<double>(StorageType.F64, [0.1, 1e300, double.NaN]));
    }

    [Fact]
    public void Half_agrees_with_the_runtime_on_every_code()
    {
        var codes = Enumerable.Range(0, 65536).Select(code => (ushort)code).ToArray();
        var expected = Array.ConvertAll(codes, code => (float)BitConverter.UInt16BitsToHalf(code));
        SameBits.Assert(expected, Decode<ushort>(StorageType.F16, codes), "F16");
    }

    [Theory]
    [InlineData(StorageType.F32, 3, 4)]
    [InlineData(StorageType.Q8_0, 34, 31)]
    [InlineData(StorageType.Q8_0, 33, 32)]
    [InlineData(StorageType.Q4_K, 144, 32)]
    public void Lengths_that_do_not_fit_are_refused(StorageType type, int bytes, int elements) =>
        Assert.Throws<ArgumentException>(() => TensorDecoder.Decode(type, new byte[bytes], new float[elements]));

    [Fact]
    public void Nothing_decodes_to_nothing()
    {
        foreach (var type in Enum.GetValues<StorageType>())
            TensorDecoder.Decode(type, [], []);
    }

    private static float[] Decode<T>(StorageType type, T[] source)
        where T : unmanaged
    {
        var destination = new float[source.Length];
        TensorDecoder.Decode(type, MemoryMarshal.AsBytes<T>(source), destination);
        return destination;
    }
}
