namespace Gesso.Formats;

/// <summary>Where a tensor lies in its file and how to read it.</summary>
/// <param name="Name">The name as stored, for example <c>double_blocks.0.img_attn.qkv.weight</c>.</param>
/// <param name="Type">Layout of the elements.</param>
/// <param name="Shape">
/// Row-major (PyTorch) order, outermost axis first; empty for a scalar. GGUF stores its axes innermost first; they are reversed here.
/// </param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="ByteLength">Bytes occupied; always <c>Type.ByteLength(Elements)</c> for a tensor that a reader of this library yields.</param>
public sealed record StoredTensor(string Name, StorageType Type, IReadOnlyList<long> Shape, long Offset, long ByteLength)
{
    /// <summary>Product of <see cref="Shape"/>; 1 for a scalar.</summary>
    /// <exception cref="TensorFileException">
    /// A negative axis, or a product over 63 bits (code <c>bad_shape</c>); never for a tensor that a reader yields.
    /// </exception>
    public long Elements => TryCount(Shape, out var elements)
        ? elements
        : throw new TensorFileException(TensorFileCodes.BadShape, $"The shape [{string.Join(", ", Shape)}] has a negative axis or more than 2^63 elements.");

    public override string ToString() => $"{Name} {Type} [{string.Join(", ", Shape)}]";

    /// <summary>The product of the axes; false when one is negative or the product exceeds 63 bits at any point, in the order given.</summary>
    internal static bool TryCount(IReadOnlyList<long> shape, out long elements)
    {
        elements = 1;
        foreach (var axis in shape)
        {
            if (axis < 0 || Math.BigMul(elements, axis, out var product) != 0 || product < 0)
                return false;
            elements = product;
        }

        return true;
    }
}
