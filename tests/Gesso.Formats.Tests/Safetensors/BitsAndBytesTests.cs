using Gesso.Formats.Decoding;
using Gesso.Formats.Safetensors;

namespace Gesso.Formats.Tests.Safetensors;

public sealed class BitsAndBytesTests
{
    private const string State = ".quant_state.bitsandbytes__nf4";

    [Fact]
    public void Packed_weight_is_shown_as_its_matrix()
    {
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(Write(folder, "m.safetensors", ("w", [3, 1], [0x0F, 0x7E, 0x80]), Stated("""{"shape": [2, 3], "blocksize": 64}""")));

        var weight = file.Tensors["w"];
        Assert.Equal((StorageType.NF4, "2 3"), (weight.Type, string.Join(' ', weight.Shape)));
        Assert.Equal((6, 3), (weight.Elements, weight.ByteLength));
        float[] values = new float[6];
        TensorDecoder.Decode(weight.Type, file.Bytes(weight), values);
        Assert.Equal([-1, 1, 0, 0.7229568362236023f, NormalFloats.Levels[8], -1], values);
    }

    [Fact]
    public void State_may_lie_in_another_shard()
    {
        using var folder = new TestFolder();
        Write(folder, "m-1.safetensors", ("w", [3, 1], [1, 2, 3]));
        Write(folder, "m-2.safetensors", Stated("""{"shape": [2, 3]}"""));
        using var file = TensorFiles.Open(folder.Add("m.safetensors.index.json", System.Text.Encoding.UTF8.GetBytes("{\"weight_map\":{\"w\":\"m-1.safetensors\",\"w" + State + "\":\"m-2.safetensors\"}}")));

        Assert.Equal(StorageType.NF4, file.Tensors["w"].Type);
        Assert.Equal([1, 2, 3], file.Bytes(file.Tensors["w"]).ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"shape": 7}""")]
    [InlineData("""{"shape": ["2", "3"]}""")]
    [InlineData("""{"shape": [2.5, 3]}""")]
    [InlineData("""{"shape": [2, 4]}""")]
    [InlineData("""{"shape": [-2, -3]}""")]
    [InlineData("""{"shape": [9223372036854775807, 9223372036854775807]}""")]
    public void State_that_does_not_fit_its_weight_is_refused(string state)
    {
        using var folder = new TestFolder();
        string path = Write(folder, "m.safetensors", ("w", [3, 1], [1, 2, 3]), Stated(state));

        Assert.Contains("a matrix of 6 elements", FileErrors.ExpectOpening(TensorFileCodes.BadHeader, path), StringComparison.Ordinal);
    }

    [Fact]
    public void Name_alone_makes_no_packed_weight()
    {
        using var folder = new TestFolder();
        using var alone = TensorFiles.Open(Write(folder, "alone.safetensors", Stated("?")));
        Assert.Equal(StorageType.U8, alone.Tensors["w" + State].Type);
    }

    private static (string Name, long[] Shape, byte[] Bytes) Stated(string json) => ("w" + State, [System.Text.Encoding.UTF8.GetByteCount(json)], System.Text.Encoding.UTF8.GetBytes(json));

    private static string Write(TestFolder folder, string name, params (string Name, long[] Shape, byte[] Bytes)[] tensors)
    {
        string path = folder.At(name);
        SafetensorsWriter.Write(path, tensors.Select(t => (new TensorDeclaration(t.Name, StorageType.U8, t.Shape), (ReadOnlyMemory<byte>)t.Bytes)), null);
        return path;
    }
}
