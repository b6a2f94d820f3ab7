using Gesso.Engine.Library;
using Gesso.Formats;
using Gesso.Testing;

namespace Gesso.Engine.Tests.Library;

public sealed class ModelFingerprintTests
{
    [Fact]
    public void A_copy_has_the_same_fingerprint_wherever_it_lies()
    {
        var content = new FileContent().Add("a", [3], 1, 2, 3).Add("b", [2], 4, 5);

        Assert.Equal(Of(content), Of(new FileContent().With(content)));
        Assert.Matches("^[0-9a-f]{64}$", Of(content));
    }

    [Fact]
    public void Names_types_shapes_and_values_take_part()
    {
        string[] all =
        [
            Of(new FileContent().Add("a", [4], 1, 2, 3, 4)),
            Of(new FileContent().Add("b", [4], 1, 2, 3, 4)),
            Of(new FileContent().Add("a", [2, 2], 1, 2, 3, 4)),
            Of(new FileContent().Add("a", [4], 1, 2, 3, 5)),
            Of(new FileContent().Add("a", StorageType.F16, [4], [1f, 2, 3, 4])),
            Of(new FileContent().Add("a", [4], 1, 2, 3, 4).Add("b", [1], 0)),
            Of(new FileContent()),
        ];

        Assert.Equal(all.Length, all.Distinct().Count());
    }

    private static string Of(FileContent content)
    {
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(content.WriteSafetensors(folder.At("file.safetensors")));
        return ModelFingerprint.Of(file);
    }
}
