using System.Runtime.InteropServices;
using Gesso.Formats.Decoding;
using Gesso.Formats.Tests.Golden;

namespace Gesso.Formats.Tests.Decoding;

public sealed class GgufBlockGoldenTests
{
    private const float RelativeTolerance = 1e-6f;

    public static TheoryData<StorageType> BlockTypes => [.. Enum.GetValues<StorageType>().Where(type => type.IsBlockQuantized() && type != StorageType.NF4)];

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Blocks_decode_to_the_values_of_the_reference(StorageType type)
    {
        var compared = 0;
        foreach (var path in GoldenRoots.Tables("gguf-blocks.safetensors"))
        {
            using var table = TensorFiles.Open(path);
            if (!table.Tensors.TryGetValue($"{type}.blocks", out var blocks))
                continue;
            var expected = MemoryMarshal.Cast<byte, float>(table.Bytes(table.Tensors[$"{type}.values"]));
            var actual = new float[expected.Length];
            TensorDecoder.Decode(type, table.Bytes(blocks), actual);
            for (var i = 0; i < actual.Length; i++)
            {
                Assert.True(
                    MathF.Abs(actual[i] - expected[i]) <= RelativeTolerance * MathF.Abs(expected[i]),
                    $"{path}: element {i} of {type} is {actual[i]}, the reference says {expected[i]}.");
                compared++;
            }
        }

        Assert.True(compared > 0, $"No golden root has blocks of {type}.");
    }
}
