using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Layers;
using Gesso.Torch.Tests.Weights;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Torch.Tests.Layers;

/// <summary>A bad shape must be an exception: libtorch would abort the process on some.</summary>
public sealed class LayerShapeTests
{
    [Theory]
    [InlineData(LinearStorage.Expanded)]
    [InlineData(LinearStorage.Compact)]
    public void Linear_refuses_another_width_by_its_name(LinearStorage storage)
    {
        using var leaks = new LeakCheck();
        var content = new FileContent().Add("a.weight", StorageType.BF16, [2, 4], new float[8]).Add("a.bias", [2], new float[2]);
        Loading.With(content, w => w.Linear("a", 4, 2), layer =>
        {
            using var narrow = zeros(1, 5, 3);
            string message = Refusal.Of("shape_mismatch", ErrorKind.Bug, () => layer.Forward(narrow));
            Assert.Equal("input of a linear layer 4→2: expected the shape [1, 5, 4], got [1, 5, 3].", message);
            return 0;
        }, storage: storage);
    }

    [Fact]
    public void Linear_takes_any_leading_axes()
    {
        using var scope = NewDisposeScope();
        var layer = new Linear(ones(2, 3), null);

        Assert.Equal([2], layer.Forward(ones(3)).shape);
        Assert.Equal([5, 2], layer.Forward(ones(5, 3)).shape);
        Assert.Equal([1, 5, 2], layer.Forward(ones(1, 5, 3)).shape);
        Assert.Equal([0, 2], layer.Forward(ones(0, 3)).shape);
    }

    [Fact]
    public void Norms_with_a_scale_of_another_width_are_exceptions()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();

        Assert.ThrowsAny<Exception>(() => Norms.Rms(ones(2, 4), ones(3)));
        Assert.ThrowsAny<Exception>(() => Norms.Layer(ones(2, 4), ones(3), ones(3), 1e-5));
    }
}
