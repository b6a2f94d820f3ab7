using Gesso.Formats.Safetensors;
using static Gesso.Formats.Tests.Safetensors.SafetensorsBytes;

namespace Gesso.Formats.Tests.Safetensors;

public sealed class ShardedSafetensorsTests
{
    private const string Index = """
        {"metadata":{"total_size":6,"tied":true,"list":[1]},
         "weight_map":{"a":"m-1.safetensors","b":"m-2.safetensors","c":"m-2.safetensors"}}
        """;

    [Fact]
    public void Index_opens_as_one_file_with_the_tensors_of_all_shards()
    {
        using var folder = new TestFolder();
        AddShards(folder);
        using var file = TensorFiles.Open(folder.Add("m.safetensors.index.json", System.Text.Encoding.UTF8.GetBytes(Index)));

        var sharded = Assert.IsType<ShardedSafetensors>(file);
        Assert.Equal(["a", "b", "c"], file.Tensors.Keys.Order());
        Assert.Equal([0, 1], file.Bytes(file.Tensors["a"]).ToArray());
        Assert.Equal([2, 3], file.Bytes(file.Tensors["c"]).ToArray());
        Assert.Equal([1], file.Bytes(file.Tensors["b"], 1, 1).ToArray());
        Assert.Equal(folder.At("m-2.safetensors"), sharded.ShardOf(file.Tensors["b"]).Path);
        Assert.Equal("6", file.Metadata["total_size"]);
        Assert.Equal("true", file.Metadata["tied"]);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.DoesNotContain("list", file.Metadata.Keys);
        FileErrors.Expect(TensorFileCodes.UnknownTensor, () => file.Bytes(new StoredTensor("z", StorageType.U8, [1], 0, 1)));
    }

    [Fact]
    public void Missing_shards_are_all_listed_in_one_error()
    {
        using var folder = new TestFolder();
        var path = folder.Add("m.safetensors.index.json", System.Text.Encoding.UTF8.GetBytes(Index));
        var message = FileErrors.ExpectOpening(TensorFileCodes.MissingShard, path);
        Assert.Contains("m-1.safetensors, m-2.safetensors", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_that_are_not_in_their_shard_are_all_listed_in_one_error()
    {
        using var folder = new TestFolder();
        AddShards(folder);
        var path = folder.Add("i.json", """{"weight_map":{"a":"m-2.safetensors","b":"m-2.safetensors","d":"m-1.safetensors"}}"""u8);
        var message = FileErrors.ExpectOpening(TensorFileCodes.MissingTensor, path);
        Assert.Contains("'a' in m-2.safetensors, 'd' in m-1.safetensors", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_that_the_index_does_not_name_are_left_out()
    {
        using var folder = new TestFolder();
        AddShards(folder);
        using var file = TensorFiles.Open(folder.Add("i.json", """{"weight_map":{"c":"m-2.safetensors"}}"""u8));
        Assert.Equal(["c"], file.Tensors.Keys);
    }

    [Theory]
    [InlineData(TensorFileCodes.BadHeader, """{"weight_map":{"a":"../m-1.safetensors"}}""")]
    [InlineData(TensorFileCodes.BadHeader, """{"weight_map":{"a":"/etc/passwd"}}""")]
    [InlineData(TensorFileCodes.BadHeader, """{"weight_map":{"a":"C:m"}}""")]
    [InlineData(TensorFileCodes.BadHeader, """{"weight_map":{"a":".."}}""")]
    [InlineData(TensorFileCodes.BadHeader, """{"weight_map":{"a":""}}""")]
    [InlineData(TensorFileCodes.BadHeader, """{"weight_map":{"a":1}}""")]
    [InlineData(TensorFileCodes.BadHeader, """{"weight_map":[]}""")]
    [InlineData(TensorFileCodes.BadHeader, """{"weight_map":{}}""")]
    [InlineData(TensorFileCodes.BadHeader, """{"error":"Repository not found"}""")]
    [InlineData(TensorFileCodes.BadHeader, """{"weight_map":{"a":"m-1.safetensors"}""")]
    [InlineData(TensorFileCodes.BadHeader, """{"weight_map":{"a":"\ud800"}}""")]
    [InlineData(TensorFileCodes.DuplicateName, """{"weight_map":{"a":"m-1.safetensors","a":"m-2.safetensors"}}""")]
    public void Broken_index_is_refused_with_its_reason(string code, string index)
    {
        using var folder = new TestFolder();
        AddShards(folder);
        FileErrors.ExpectOpening(code, folder.Add("m.safetensors.index.json", System.Text.Encoding.UTF8.GetBytes(index)));
    }

    [Fact]
    public void Broken_shard_is_named_in_the_error()
    {
        using var folder = new TestFolder();
        AddShards(folder);
        var shard = folder.Add("m-2.safetensors", "<!DOCTYPE html><html>"u8);
        var path = folder.Add("m.safetensors.index.json", System.Text.Encoding.UTF8.GetBytes(Index));
        Assert.Contains(shard, FileErrors.ExpectOpening(TensorFileCodes.HtmlPage, path), StringComparison.Ordinal);
    }

    private static void AddShards(TestFolder folder)
    {
        folder.Add("m-1.safetensors", From($$"""{"__metadata__":{"format":"pt"},{{Tensor("a", "U8", "[2]", "[0,2]")}}}""", 2));
        var second = $"{Tensor("b", "U8", "[2]", "[0,2]")},{Tensor("c", "I16", "[1]", "[2,4]")}";
        folder.Add("m-2.safetensors", From($$"""{"__metadata__":{"format":"np"},{{second}}}""", 4));
    }
}
