using Gesso.Formats.Decoding;
using Gesso.Formats.Encoding;
using Gesso.Formats.Gguf;
using Gesso.Formats.Tests.Golden;

namespace Gesso.Formats.Tests.Encoding;

public sealed class GgufEncoderGoldenTests
{
    [Theory]
    [InlineData(StorageType.Q8_0)]
    [InlineData(StorageType.Q4_0)]
    public void Quantiser_gives_the_bytes_of_the_reference(StorageType type)
    {
        var compared = 0;
        foreach (var folder in GoldenRoots.Files(["layouts"], ".gguf").GroupBy(Path.GetDirectoryName))
        {
            // Wherever a folder holds the same tensor quantised and as a float type, the one must be the encoding of the other.
            var files = folder.Select(GgufFile.Open).ToList();
            var tensors = files.SelectMany(file => file.Tensors.Values.Where(tensor => tensor.Type == type).Select(tensor => (tensor, file)));
            foreach (var (quantised, file) in tensors)
            {
                foreach (var source in files.Where(other => other.Tensors.TryGetValue(quantised.Name, out var twin)
                    && twin.Type.IsFloatingPoint() && twin.Shape.SequenceEqual(quantised.Shape)))
                {
                    var plain = source.Tensors[quantised.Name];
                    var values = new float[plain.Elements];
                    TensorDecoder.Decode(plain.Type, source.Bytes(plain), values);
                    Assert.True(file.Bytes(quantised).SequenceEqual(TensorEncoder.Encode(type, values)), $"{file.Path}: {quantised} from {source.Path}");
                    compared++;
                }
            }

            files.ForEach(file => file.Dispose());
        }

        Assert.SkipWhen(compared == 0, $"No golden root holds one tensor both as {type} and as floats.");
    }
}
