namespace Gesso.Formats;

/// <summary>A tensor that is about to be written.</summary>
/// <param name="Name">Unique in its file.</param>
/// <param name="Type">Layout of the bytes that will be given.</param>
/// <param name="Shape">Row-major (PyTorch) order, outermost axis first; empty for a scalar.</param>
public sealed record TensorDeclaration(string Name, StorageType Type, IReadOnlyList<long> Shape)
{
    /// <summary>Checks the name and the shape.</summary>
    /// <returns>Bytes of the tensor.</returns>
    /// <exception cref="TensorFileException"><c>bad_shape</c>, or <c>bad_header</c> for a name that is no valid text.</exception>
    internal long Validate()
    {
        if (Name is null || Shape is null || !IsValidText(Name))
            throw new TensorFileException(TensorFileCodes.BadHeader, "A tensor needs a name without lone surrogates, and a shape.");
        var block = Type.BlockElements();
        var row = Shape.Count == 0 ? 1 : Shape[^1];
        if (!StoredTensor.TryCount(Shape, out var elements) || row % block != 0)
        {
            throw new TensorFileException(
                TensorFileCodes.BadShape,
                $"The shape [{string.Join(", ", Shape)}] of {TensorFileException.Quote(Name)} is not possible: axes are from 0, the last one a multiple of "
                + $"{block} for {Type}.");
        }

        return Type.ByteLength(elements);
    }

    /// <summary>False when the text holds half of a surrogate pair, which has no UTF-8.</summary>
    internal static bool IsValidText(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
