using Gesso.Contracts.Errors;
using static TorchSharp.torch;

namespace Gesso.Torch.Tensors;

/// <summary>Shape checks before native calls: libtorch aborts the process on some bad shapes, a check raises an exception that names both shapes.</summary>
public static class Check
{
    /// <summary>Requires <paramref name="tensor"/> to have the given shape; −1 accepts any size.</summary>
    /// <param name="tensor">The tensor to check.</param>
    /// <param name="what">Its name and axes for the message, for example <c>img [B,I,D]</c>.</param>
    /// <param name="expected">One number an axis.</param>
    /// <exception cref="GessoException">Kind Bug, code <c>shape_mismatch</c>.</exception>
    public static void Shape(Tensor tensor, string what, params ReadOnlySpan<long> expected)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        long[] shape = tensor.shape;
        bool same = shape.Length == expected.Length;
        for (int i = 0; same && i < shape.Length; i++)
            same = expected[i] < 0 || expected[i] == shape[i];
        if (!same)
        {
            string wanted = string.Join(", ", expected.ToArray().Select(n => n < 0 ? "any" : n.ToString()));
            throw GessoException.Bug("shape_mismatch", $"{what}: expected the shape [{wanted}], got [{string.Join(", ", shape)}].");
        }
    }
}
