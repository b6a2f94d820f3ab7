namespace Gesso.Formats;

/// <summary>Views of tensors in a map; what the readers of single files share.</summary>
internal static class MappedTensors
{
    public static ReadOnlySpan<byte> Bytes(MappedFile file, IReadOnlyDictionary<string, StoredTensor> tensors, StoredTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (tensor.ByteLength > int.MaxValue)
        {
            throw TensorFileException.In(
                file.Path,
                TensorFileCodes.TensorTooLarge,
                $"{TensorFileException.Quote(tensor.Name)} has {tensor.ByteLength} bytes; one span holds at most {int.MaxValue}. "
                + "Read it in ranges with Bytes(tensor, byteOffset, byteCount).");
        }

        return Bytes(file, tensors, tensor, 0, (int)tensor.ByteLength);
    }

    public static ReadOnlySpan<byte> Bytes(
        MappedFile file, IReadOnlyDictionary<string, StoredTensor> tensors, StoredTensor tensor, long byteOffset, int byteCount)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (!tensors.TryGetValue(tensor.Name, out var known) || known.Offset != tensor.Offset || known.ByteLength != tensor.ByteLength)
        {
            throw TensorFileException.In(
                file.Path,
                TensorFileCodes.UnknownTensor,
                $"{TensorFileException.Quote(tensor.Name)} at byte {tensor.Offset} is not a tensor of this file. Take it from Tensors of the same file.");
        }

        if (byteOffset < 0 || byteCount < 0 || byteOffset > known.ByteLength - byteCount)
        {
            throw TensorFileException.In(
                file.Path,
                TensorFileCodes.OutOfRange,
                $"bytes {byteOffset} to {(Int128)byteOffset + byteCount} leave {TensorFileException.Quote(tensor.Name)}, which has {known.ByteLength} bytes.");
        }

        return file.Bytes(known.Offset + byteOffset, byteCount);
    }
}
