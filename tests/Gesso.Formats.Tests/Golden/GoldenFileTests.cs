using System.Text;
using System.Text.Json;

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
            using var header = JsonDocument.Parse(Encoding.UTF8.GetString(raw, 8, headerBytes));
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
}
