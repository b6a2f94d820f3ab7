using Gesso.Formats.Gguf;

namespace Gesso.Formats.Tests.Gguf;

public sealed class GgufFileTests
{
    private const uint F32 = 0;
    private const uint Q4_K = 12;
    private const uint I8 = 24;

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void File_gives_tensors_in_row_major_order_and_typed_metadata(uint version)
    {
        using var folder = new TestFolder();
        var bytes = GgufBytes.Header(version, 2, 4)
            .Text("general.architecture").Type(GgufValueType.Text).Text("flux")
            .Text("flux.scale").Type(GgufValueType.F32).Raw(BitConverter.GetBytes(0.5f))
            .Array("names", GgufValueType.Text, 2ul).Text("x").Text("yz")
            .Array("axes", GgufValueType.I32, 2ul).Number(16u).Number(uint.MaxValue)
            .Tensor("a", I8, 32, 3, 2)
            .Tensor("b", F32, 0, 1)
            .WithData(38);
        using var file = Assert.IsType<GgufFile>(TensorFiles.Open(folder.Add("m", bytes)));

        Assert.Equal((int)version, file.Version);
        Assert.Equal(32, file.Alignment);
        Assert.Equal([2, 3], file.Tensors["a"].Shape);
        Assert.Equal(StorageType.I8, file.Tensors["a"].Type);
        Assert.Equal([32, 33, 34, 35, 36, 37], file.Bytes(file.Tensors["a"]).ToArray());
        Assert.Equal([0, 1, 2, 3], file.Bytes(file.Tensors["b"]).ToArray());
        Assert.Equal("flux", file.Values["general.architecture"].ToText());
        Assert.Equal(0.5, file.Values["flux.scale"].ToNumber());
        Assert.Equal(["x", "yz"], file.Values["names"].ToTexts());
        Assert.Equal([16, -1], file.Values["axes"].ToSpan<int>().ToArray());
        Assert.Equal(new Dictionary<string, string> { ["general.architecture"] = "flux", ["flux.scale"] = "0.5" }, file.Metadata);
    }

    [Fact]
    public void Alignment_of_the_metadata_places_the_data()
    {
        using var folder = new TestFolder();
        var bytes = GgufBytes.Header(3, 1, 1).Text("general.alignment").Type(GgufValueType.U32).Number(256u).Tensor("a", I8, 0, 2).WithData(2, alignment: 256);
        using var file = GgufFile.Open(folder.Add("m", bytes));
        Assert.Equal([0, 1], file.Bytes(file.Tensors["a"]).ToArray());
        Assert.Equal(0, file.Tensors["a"].Offset % 256);
    }

    [Fact]
    public void Value_of_another_type_is_a_typed_error()
    {
        using var folder = new TestFolder();
        var bytes = GgufBytes.Header(3, 0, 2)
            .Text("n").Type(GgufValueType.U64).Number(ulong.MaxValue)
            .Array("a", GgufValueType.U8, 1ul).Raw([7])
            .ToArray();
        using var file = GgufFile.Open(folder.Add("m", bytes));
        FileErrors.Expect(TensorFileCodes.WrongValueType, () => file.Values["n"].ToInteger());
        FileErrors.Expect(TensorFileCodes.WrongValueType, () => file.Values["n"].ToText());
        FileErrors.Expect(TensorFileCodes.WrongValueType, () => file.Values["n"].ToBoolean());
        FileErrors.Expect(TensorFileCodes.WrongValueType, () => file.Values["n"].ToTexts());
        FileErrors.Expect(TensorFileCodes.WrongValueType, () => file.Values["a"].ToNumber());
        FileErrors.Expect(TensorFileCodes.WrongValueType, () => file.Values["a"].ToSpan<int>().ToArray());
        Assert.Equal(ulong.MaxValue, file.Values["n"].ToNumber());
        Assert.Equal("18446744073709551615", file.Metadata["n"]);
    }

    public static TheoryData<string, byte[]> BrokenFiles => new()
    {
        { TensorFileCodes.UnsupportedVersion, GgufBytes.Header(1, 0, 0).ToArray() },
        { TensorFileCodes.UnsupportedVersion, GgufBytes.Header(4, 0, 0).ToArray() },
        { TensorFileCodes.UnsupportedVersion, GgufBytes.Header(0x03000000, 0, 0).ToArray() },
        { TensorFileCodes.FileTruncated, "GGUF\u0003"u8.ToArray() },
        { TensorFileCodes.BadCount, GgufBytes.Header(3, ulong.MaxValue, 0).ToArray() },
        { TensorFileCodes.BadCount, GgufBytes.Header(3, 0, ulong.MaxValue).ToArray() },
        { TensorFileCodes.BadCount, GgufBytes.Header(3, 2, 0).Tensor("a", F32, 0, 1).ToArray() },
        { TensorFileCodes.BadCount, GgufBytes.Header(3, 0, 1).Number(ulong.MaxValue).Raw(new byte[40]).ToArray() },
        { TensorFileCodes.BadCount, GgufBytes.Header(3, 0, 1).Number(65536ul).Raw(new byte[70000]).ToArray() },
        { TensorFileCodes.FileTruncated, GgufBytes.Header(3, 0, 1).Number(60000ul).Raw(new byte[40]).ToArray() },
        { TensorFileCodes.BadCount, GgufBytes.Header(3, 0, 1).Text("k").Type(GgufValueType.Text).Number(ulong.MaxValue).ToArray() },
        { TensorFileCodes.FileTruncated, GgufBytes.Header(3, 0, 1).Text("k").Type(GgufValueType.Text).Number(1000ul).ToArray() },
        { TensorFileCodes.BadCount, GgufBytes.Header(3, 0, 1).Array("k", GgufValueType.F64, 1ul << 61).Raw(new byte[64]).ToArray() },
        { TensorFileCodes.BadCount, GgufBytes.Header(3, 0, 1).Array("k", GgufValueType.Text, 9ul).Raw(new byte[64]).ToArray() },
        { TensorFileCodes.FileTruncated, GgufBytes.Header(3, 0, 1).Array("k", GgufValueType.Text, 1ul).Number(ulong.MaxValue).ToArray() },
        { TensorFileCodes.BadMetadata, GgufBytes.Header(3, 0, 1).Array("k", GgufValueType.Array, 0ul).ToArray() },
        { TensorFileCodes.BadMetadata, GgufBytes.Header(3, 0, 1).Text("k").Number(13u).Raw(new byte[8]).ToArray() },
        { TensorFileCodes.BadMetadata, GgufBytes.Header(3, 0, 1).Text("k").Type(GgufValueType.Array).Number(99u).Number(0ul).ToArray() },
        { TensorFileCodes.BadHeader, GgufBytes.Header(3, 0, 1).Number(2ul).Raw([0xC3, 0x28]).Type(GgufValueType.U8).Raw([1]).ToArray() },
        { TensorFileCodes.BadHeader, GgufBytes.Header(3, 0, 1).Text("k").Type(GgufValueType.Text).Number(1ul).Raw([0xFF]).ToArray() },
        { TensorFileCodes.DuplicateName, GgufBytes.Header(3, 0, 2).Text("k").Number(0u).Raw([1]).Text("k").Number(0u).Raw([1]).ToArray() },
        { TensorFileCodes.DuplicateName, GgufBytes.Header(3, 2, 0).Tensor("a", I8, 0, 1).Tensor("a", I8, 32, 1).WithData(33) },
        { TensorFileCodes.BadAlignment, GgufBytes.Header(3, 0, 1).Text("general.alignment").Type(GgufValueType.U32).Number(0u).ToArray() },
        { TensorFileCodes.BadAlignment, GgufBytes.Header(3, 0, 1).Text("general.alignment").Type(GgufValueType.U32).Number(48u).ToArray() },
        { TensorFileCodes.BadAlignment, GgufBytes.Header(3, 0, 1).Text("general.alignment").Type(GgufValueType.U64).Number(32ul).ToArray() },
        { TensorFileCodes.BadShape, GgufBytes.Header(3, 1, 0).Tensor("a", I8, 0, new ulong[9]).WithData(0) },
        { TensorFileCodes.BadShape, GgufBytes.Header(3, 1, 0).Text("a").Number(uint.MaxValue).Raw(new byte[32]).ToArray() },
        { TensorFileCodes.BadShape, GgufBytes.Header(3, 1, 0).Tensor("a", I8, 0, 1ul << 63).WithData(1) },
        { TensorFileCodes.BadShape, GgufBytes.Header(3, 1, 0).Tensor("a", I8, 0, 1ul << 32, 1ul << 32).WithData(1) },
        { TensorFileCodes.BadShape, GgufBytes.Header(3, 1, 0).Tensor("a", F32, 0, 1ul << 62).WithData(1) },
        { TensorFileCodes.BadShape, GgufBytes.Header(3, 1, 0).Tensor("a", Q4_K, 0, 128, 2).WithData(144) },
        { TensorFileCodes.UnknownType, GgufBytes.Header(3, 1, 0).Tensor("a", 4, 0, 32).WithData(64) },
        { TensorFileCodes.UnknownType, GgufBytes.Header(3, 1, 0).Tensor("a", 15, 0, 256).WithData(512) },
        { TensorFileCodes.UnknownType, GgufBytes.Header(3, 1, 0).Tensor("a", uint.MaxValue, 0, 32).WithData(64) },
        { TensorFileCodes.BadOffset, GgufBytes.Header(3, 1, 0).Tensor("a", I8, 1, 1).WithData(64) },
        { TensorFileCodes.BadOffset, GgufBytes.Header(3, 1, 0).Tensor("a", I8, ulong.MaxValue - 31, 1).WithData(64) },
        { TensorFileCodes.FileTruncated, GgufBytes.Header(3, 1, 0).Tensor("a", I8, (1ul << 63) - 32, 32).WithData(64) },
        { TensorFileCodes.FileTruncated, GgufBytes.Header(3, 1, 0).Tensor("a", I8, 0, 65).WithData(64) },
        { TensorFileCodes.OverlappingTensors, GgufBytes.Header(3, 2, 0).Tensor("a", I8, 0, 64).Tensor("b", I8, 32, 32).WithData(64) },
        { TensorFileCodes.OverlappingTensors, GgufBytes.Header(3, 2, 0).Tensor("a", I8, 0, 1).Tensor("b", I8, 0, 1).WithData(64) },
    };

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public void Broken_file_is_refused_with_its_reason(string code, byte[] bytes)
    {
        using var folder = new TestFolder();
        var path = folder.Add("m.gguf", bytes);
        Assert.Contains(path, FileErrors.ExpectOpening(code, path), StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_utf8_in_an_array_is_refused_when_it_is_read()
    {
        using var folder = new TestFolder();
        var bytes = GgufBytes.Header(3, 0, 1).Array("k", GgufValueType.Text, 2ul).Text("a").Number(1ul).Raw([0xFF]).ToArray();
        using var file = GgufFile.Open(folder.Add("m", bytes));
        FileErrors.Expect(TensorFileCodes.BadMetadata, () => Assert.Equal(2, file.Values["k"].ToTexts().Count()));
    }

    [Fact]
    public void File_cut_at_any_byte_is_refused()
    {
        using var folder = new TestFolder();
        var whole = GgufBytes.Header(3, 1, 1).Array("k", GgufValueType.Text, 1ul).Text("v").Tensor("a", I8, 0, 3).WithData(3);
        for (var length = 0; length < whole.Length; length++)
        {
            var path = folder.Add("m.gguf", whole.AsSpan(0, length));
            Assert.Throws<TensorFileException>(() => TensorFiles.Open(path));
        }
    }
}
