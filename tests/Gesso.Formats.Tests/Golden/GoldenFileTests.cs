using System.Text.Json;
using Gesso.Formats.Decoding;
using Gesso.Formats.Gguf;

namespace Gesso.Formats.Tests.Golden;

public sealed class GoldenFileTests
{
    private static readonly string[] Folders = ["models", "layouts", "lora", "tables", "cases"];

    [Fact]
    public void Every_golden_safetensors_file_opens_with_the_tensors_its_header_lists()
    {
        foreach (var path in GoldenRoots.Files(Folders, ".safetensors"))
        {
            using var file = TensorFiles.Open(path);
            var raw = File.ReadAllBytes(path);
            var headerBytes = (int)BitConverter.ToUInt64(raw);
            using var header = JsonDocument.Parse(System.Text.Encoding.UTF8.GetString(raw, 8, headerBytes));
            var entries = header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__").ToList();
            Assert.Equal(entries.Count, file.Tensors.Count);
            foreach (var entry in entries)
            {
                var tensor = file.Tensors[entry.Name];
                var begin = entry.Value.GetProperty("data_offsets")[0].GetInt32();
                var end = entry.Value.GetProperty("data_offsets")[1].GetInt32();
                Assert.Equal(entry.Value.GetProperty("shape").EnumerateArray().Select(axis => axis.GetInt64()), tensor.Shape);
                Assert.True(file.Bytes(tensor).SequenceEqual(raw.AsSpan(8 + headerBytes + begin, end - begin)), $"{path}: {tensor}");
            }
        }
    }

    [Fact]
    public void Every_golden_gguf_file_opens_and_decodes_to_finite_numbers()
    {
        foreach (var path in GoldenRoots.Files(Folders, ".gguf"))
        {
            using var file = Assert.IsType<GgufFile>(TensorFiles.Open(path));
            Assert.NotEmpty(file.Tensors);
            Assert.Equal(file.Values["general.architecture"].ToText(), file.Metadata["general.architecture"]);
            foreach (var tensor in file.Tensors.Values)
            {
                var values = new float[tensor.Elements];
                TensorDecoder.Decode(tensor.Type, file.Bytes(tensor), values);
                Assert.True(Array.TrueForAll(values, float.IsFinite), $"{path}: {tensor}");
                Assert.True(values.Length == 0 || values.Max(MathF.Abs) < 1000, $"{path}: {tensor}");
            }
        }
    }
}
