using static Gesso.Formats.Tests.Safetensors.SafetensorsBytes;

namespace Gesso.Formats.Tests.Safetensors;

public sealed class SafetensorsFileTests
{
    [Fact]
    public void File_gives_tensors_metadata_and_views_of_its_data()
    {
        using var folder = new TestFolder();
        var tensors = string.Join(',', Tensor("b", "I16", "[2]", "[4,8]"), Tensor("a", "F32", "[]", "[0,4]"), Tensor("none", "U8", "[0,3]", "[8,8]"));
        var header = $$"""{"__metadata__":{"format":"pt"},{{tensors}}}""";
        using var file = TensorFiles.Open(folder.Add("m.safetensors", From(header, dataBytes: 8)));

        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(["a", "b", "none"], file.Tensors.Keys.Order());
        Assert.Equal(StorageType.F32, file.Tensors["a"].Type);
        Assert.Empty(file.Tensors["a"].Shape);
        Assert.Equal(1, file.Tensors["a"].Elements);
        Assert.Equal(0, file.Tensors["none"].Elements);
        Assert.Equal([0, 1, 2, 3], file.Bytes(file.Tensors["a"]).ToArray());
        Assert.Equal([5, 6], file.Bytes(file.Tensors["b"], 1, 2).ToArray());
        Assert.Equal(8 + header.Length + 4, file.Tensors["b"].Offset);
        Assert.True(file.Bytes(file.Tensors["none"]).IsEmpty);
    }

    [Fact]
    public void Empty_header_is_a_file_without_tensors()
    {
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(folder.Add("m.safetensors", From("{}    ")));
        Assert.Empty(file.Tensors);
        Assert.Empty(file.Metadata);
    }

    [Fact]
    public void Field_order_unknown_fields_null_metadata_and_escaped_names_are_accepted()
    {
        using var folder = new TestFolder();
        const string header = """{"__metadata__":null,"\u0061\/é":{"extra":{"x":[1]},"data_offsets":[0,1],"shape":[1],"dtype":"BOOL"}}""";
        using var file = TensorFiles.Open(folder.Add("m.safetensors", From(header, dataBytes: 1)));
        Assert.Equal(StorageType.Bool, file.Tensors["a/é"].Type);
    }

    public static TheoryData<string, string, int> BrokenHeaders => new()
    {
        { TensorFileCodes.BadHeader, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", 4 },
        { TensorFileCodes.BadHeader, """{"a":1}""", 0 },
        { TensorFileCodes.BadHeader, """{"a":[]}""", 0 },
        { TensorFileCodes.BadHeader, """{"a":null}""", 0 },
        { TensorFileCodes.BadHeader, """{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4 },
        { TensorFileCodes.BadHeader, """{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4 },
        { TensorFileCodes.BadHeader, """{"a":{"dtype":"F32","shape":[1]}}""", 4 },
        { TensorFileCodes.BadHeader, """{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", 4 },
        { TensorFileCodes.BadHeader, """{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4 },
        { TensorFileCodes.BadHeader, "{} {}", 0 },
        { TensorFileCodes.BadHeader, """{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1 },
        { TensorFileCodes.BadHeader, "{\"a\":{\"x\":" + new string('[', 5000) + new string(']', 5000) + "}}", 0 },
        { TensorFileCodes.BadMetadata, """{"__metadata__":{"steps":12}}""", 0 },
        { TensorFileCodes.BadMetadata, """{"__metadata__":{"nested":{}}}""", 0 },
        { TensorFileCodes.BadMetadata, """{"__metadata__":[]}""", 0 },
        { TensorFileCodes.DuplicateName, """{"__metadata__":{"a":"1","a":"2"}}""", 0 },
        { TensorFileCodes.DuplicateName, """{"__metadata__":{},"__metadata__":{}}""", 0 },
        { TensorFileCodes.DuplicateName, $"{{{Tensor("a", "U8", "[1]", "[0,1]")},{Tensor("a", "U8", "[1]", "[1,2]")}}}", 2 },
        { TensorFileCodes.DuplicateName, """{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1 },
        { TensorFileCodes.BadShape, $"{{{Tensor("a", "U8", "[-1]", "[0,1]")}}}", 1 },
        { TensorFileCodes.BadShape, $"{{{Tensor("a", "U8", "[1.5]", "[0,1]")}}}", 1 },
        { TensorFileCodes.BadShape, $"{{{Tensor("a", "U8", "[\"1\"]", "[0,1]")}}}", 1 },
        { TensorFileCodes.BadShape, $"{{{Tensor("a", "U8", "[18446744073709551616]", "[0,1]")}}}", 1 },
        { TensorFileCodes.BadShape, $"{{{Tensor("a", "U8", "[4294967296,4294967296]", "[0,0]")}}}", 0 },
        { TensorFileCodes.BadShape, $"{{{Tensor("a", "F64", "[4611686018427387904]", "[0,0]")}}}", 0 },
        { TensorFileCodes.BadShape, $"{{{Tensor("a", "U8", "[" + string.Join(',', Enumerable.Repeat(1, 65)) + "]", "[0,1]")}}}", 1 },
        { TensorFileCodes.BadOffset, $"{{{Tensor("a", "F32", "[1]", "[0,8]")}}}", 8 },
        { TensorFileCodes.BadOffset, $"{{{Tensor("a", "U8", "[1]", "[1,0]")}}}", 1 },
        { TensorFileCodes.BadOffset, $"{{{Tensor("a", "U8", "[1]", "[-1,0]")}}}", 1 },
        { TensorFileCodes.BadOffset, $"{{{Tensor("a", "U8", "[1]", "[0]")}}}", 1 },
        { TensorFileCodes.BadOffset, $"{{{Tensor("a", "U8", "[1]", "[0,1,2]")}}}", 1 },
        { TensorFileCodes.BadOffset, $"{{{Tensor("a", "U8", "[1]", "[9223372036854775806,9223372036854775807]")}}}", 1 },
        { TensorFileCodes.OverlappingTensors, $"{{{Tensor("a", "U8", "[2]", "[0,2]")},{Tensor("b", "U8", "[2]", "[1,3]")}}}", 3 },
        { TensorFileCodes.OverlappingTensors, $"{{{Tensor("a", "U8", "[2]", "[0,2]")},{Tensor("b", "U8", "[2]", "[0,2]")}}}", 2 },
        { TensorFileCodes.UncoveredBytes, $"{{{Tensor("a", "U8", "[1]", "[1,2]")}}}", 2 },
        { TensorFileCodes.UncoveredBytes, $"{{{Tensor("a", "U8", "[1]", "[0,1]")},{Tensor("b", "U8", "[1]", "[2,3]")}}}", 3 },
        { TensorFileCodes.UncoveredBytes, $"{{{Tensor("a", "U8", "[1]", "[0,1]")}}}", 2 },
        { TensorFileCodes.FileTruncated, $"{{{Tensor("a", "U8", "[3]", "[0,3]")}}}", 2 },
        { TensorFileCodes.FileTruncated, $"{{{Tensor("a", "U8", "[4611686018427387904]", "[0,4611686018427387904]")}}}", 0 },
        { TensorFileCodes.BadOffset, $"{{{Tensor("a", "U8", "[9223372036854775807]", "[0,9223372036854775807]")}}}", 0 },
        { TensorFileCodes.UnknownType, $"{{{Tensor("a", "F4", "[2]", "[0,1]")}}}", 1 },
        { TensorFileCodes.UnknownType, $"{{{Tensor("a", "f32", "[1]", "[0,4]")}}}", 4 },
    };

    [Theory]
    [MemberData(nameof(BrokenHeaders))]
    public void Broken_header_is_refused_with_its_reason(string code, string header, int dataBytes)
    {
        using var folder = new TestFolder();
        var path = folder.Add("m.safetensors", From(header, dataBytes));
        Assert.Contains(path, FileErrors.ExpectOpening(code, path), StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_utf8_is_refused_wherever_it_stands()
    {
        using var folder = new TestFolder();
        byte[][] headers =
        [
            [.. "{\""u8, 0xFF, .. "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"u8],
            [.. "{\"a\":{\"dtype\":\""u8, 0xC3, 0x28, .. "\",\"shape\":[0],\"data_offsets\":[0,0]}}"u8],
            [.. "{\"__metadata__\":{\"a\":\""u8, 0xE2, 0x82, .. "\"}}"u8],
        ];
        foreach (var header in headers)
            FileErrors.ExpectOpening(TensorFileCodes.BadHeader, folder.Add("m.safetensors", From(header)));
    }

    [Theory]
    [InlineData(100_000_001ul, TensorFileCodes.HeaderTooLarge)]
    [InlineData(ulong.MaxValue, TensorFileCodes.HeaderTooLarge)]
    [InlineData(3ul, TensorFileCodes.FileTruncated)]
    [InlineData(99_999_999ul, TensorFileCodes.FileTruncated)]
    public void Lying_header_length_is_refused(ulong claimed, string code)
    {
        using var folder = new TestFolder();
        FileErrors.ExpectOpening(code, folder.Add("m.safetensors", From("{}"u8, claimedLength: claimed)));
    }

    [Fact]
    public void File_cut_at_any_byte_is_refused()
    {
        using var folder = new TestFolder();
        var whole = From($"{{{Tensor("a", "U8", "[3]", "[0,3]")}}}", 3);
        for (var length = 0; length < whole.Length; length++)
        {
            var path = folder.Add("m.safetensors", whole.AsSpan(0, length));
            Assert.Throws<TensorFileException>(() => TensorFiles.Open(path));
        }
    }

    [Fact]
    public void Ranges_outside_a_tensor_and_foreign_tensors_are_refused()
    {
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(folder.Add("m.safetensors", From($"{{{Tensor("a", "U8", "[4]", "[0,4]")}}}", 4)));
        var tensor = file.Tensors["a"];
        foreach (var (offset, count) in new[] { (-1L, 1), (0L, 5), (4L, 1), (0L, -1), (long.MaxValue, 1), (long.MinValue, 1) })
            FileErrors.Expect(TensorFileCodes.OutOfRange, () => file.Bytes(tensor, offset, count));
        FileErrors.Expect(TensorFileCodes.UnknownTensor, () => file.Bytes(tensor with { Name = "b" }));
        FileErrors.Expect(TensorFileCodes.UnknownTensor, () => file.Bytes(tensor with { Offset = 0 }));
        var message = FileErrors.Expect(TensorFileCodes.TensorTooLarge, () => file.Bytes(tensor with { ByteLength = 1L << 31 }));
        Assert.Contains("Bytes(tensor, byteOffset, byteCount)", message, StringComparison.Ordinal);
        Assert.True(file.Bytes(tensor, 4, 0).IsEmpty);
    }

    [Fact]
    public void Closed_file_says_so_instead_of_reading_unmapped_memory()
    {
        using var folder = new TestFolder();
        var file = TensorFiles.Open(folder.Add("m.safetensors", From($"{{{Tensor("a", "U8", "[4]", "[0,4]")}}}", 4)));
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Bytes(file.Tensors["a"]).Length);
    }
}
