using CsCheck;
using Gesso.Contracts.Errors;
using Gesso.Testing;
using static TorchSharp.torch;
using Check = Gesso.Torch.Tensors.Check;

namespace Gesso.Torch.Tests.Tensors;

public sealed class CheckTests
{
    [Fact]
    public void Shape_names_the_tensor_and_both_shapes()
    {
        using var tensor = zeros(2, 3, 4);

        string message = Refusal.Of("shape_mismatch", ErrorKind.Bug, () => Check.Shape(tensor, "img [B,I,D]", -1, 3, 5));

        Assert.Equal("img [B,I,D]: expected the shape [any, 3, 5], got [2, 3, 4].", message);
    }

    [Fact]
    public void Shape_compares_the_number_of_axes()
    {
        using var tensor = zeros(2, 3);

        Refusal.Of("shape_mismatch", ErrorKind.Bug, () => Check.Shape(tensor, "x", 2, 3, 1));
        Refusal.Of("shape_mismatch", ErrorKind.Bug, () => Check.Shape(tensor, "x", -1));
        Refusal.Of("shape_mismatch", ErrorKind.Bug, () => Check.Shape(tensor, "x"));
    }

    [Fact]
    public void Shape_accepts_a_scalar_and_empty_axes()
    {
        using var scalar = tensor(1f);
        using var empty = zeros(0, 4);

        Check.Shape(scalar, "scalar");
        Check.Shape(empty, "empty", 0, -1);
    }

    [Fact]
    public void Shape_accepts_exactly_equal_sizes_and_wildcards() =>
        Gen.Select(Gen.Long[0, 3].Array[1, 4], Gen.Long[-1, 3].Array[1, 4]).Sample(
            (shape, expected) =>
            {
                using var tensor = zeros(shape);
                bool fits = shape.Length == expected.Length && shape.Zip(expected, (a, b) => b == -1 || a == b).All(same => same);
                bool accepted = true;
                try
                {
                    Check.Shape(tensor, "x", expected);
                }
                catch (GessoException)
                {
                    accepted = false;
                }
                return accepted == fits;
            },
            iter: 500,
            threads: 1);
}
