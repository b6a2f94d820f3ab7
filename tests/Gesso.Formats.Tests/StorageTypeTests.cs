namespace Gesso.Formats.Tests;

public sealed class StorageTypeTests
{
    // ggml's static_asserts on block sizes (ggml-common.h).
    [Theory]
    [InlineData(StorageType.Q4_0, 32, 18)]
    [InlineData(StorageType.Q4_1, 32, 20)]
    [InlineData(StorageType.Q5_0, 32, 22)]
    [InlineData(StorageType.Q5_1, 32, 24)]
    [InlineData(StorageType.Q8_0, 32, 34)]
    [InlineData(StorageType.Q2_K, 256, 84)]
    [InlineData(StorageType.Q3_K, 256, 110)]
    [InlineData(StorageType.Q4_K, 256, 144)]
    [InlineData(StorageType.Q5_K, 256, 176)]
    [InlineData(StorageType.Q6_K, 256, 210)]
    [InlineData(StorageType.IQ4_NL, 32, 18)]
    [InlineData(StorageType.IQ4_XS, 256, 136)]
    [InlineData(StorageType.NF4, 2, 1)]
    [InlineData(StorageType.F64, 1, 8)]
    [InlineData(StorageType.BF16, 1, 2)]
    [InlineData(StorageType.F8E5M2, 1, 1)]
    public void Block_has_the_elements_and_bytes_of_its_format(StorageType type, int elements, int bytes)
    {
        Assert.Equal(elements, type.BlockElements());
        Assert.Equal(bytes, type.BlockBytes());
        Assert.Equal(3L * bytes, type.ByteLength(3L * elements));
        Assert.Equal(elements > 1, type.IsBlockQuantized());
    }

    [Fact]
    public void ByteLength_of_impossible_counts_is_a_typed_error()
    {
        FileErrors.Expect(TensorFileCodes.BadShape, () => StorageType.Q4_K.ByteLength(255));
        FileErrors.Expect(TensorFileCodes.BadShape, () => StorageType.U8.ByteLength(-1));
        FileErrors.Expect(TensorFileCodes.BadShape, () => StorageType.F64.ByteLength(1L << 61));
        Assert.Equal(1L << 62, StorageType.F64.ByteLength(1L << 59));
    }

    [Fact]
    public void Only_plain_floats_count_as_floating_point() => Assert.Equal(
        [StorageType.F64, StorageType.F32, StorageType.F16, StorageType.BF16, StorageType.F8E4M3, StorageType.F8E5M2],
        Enum.GetValues<StorageType>().Where(type => type.IsFloatingPoint()));
}
