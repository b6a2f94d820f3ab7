namespace Gesso.Formats;

/// <summary>
/// A read-only file of named tensors, open as a memory map. Everything is checked when the file is opened: every tensor of <see cref="Tensors"/>
/// lies inside the file and its bytes match its shape and type. Reading is safe from several threads.
/// </summary>
/// <remarks>
/// The spans are views of the map, without a copy: none may be used after <see cref="IDisposable.Dispose"/>, and the file must not be cut short by
/// another process while it is open (the operating system then ends the process with SIGBUS, which no code can catch). Replace a model by
/// renaming a new file over it, never by writing into it.
/// </remarks>
public interface ITensorFile : IDisposable
{
    /// <summary>
    /// The most tensors, and the most metadata entries, that a file may have: a hundred times more than the largest models. The records of a header take
    /// several times its bytes in memory; this bounds them at some hundred megabytes whatever a hostile file holds.
    /// </summary>
    internal const int MaxTensors = 1 << 20;

    /// <summary>The path given when opening; for a sharded model, the index file.</summary>
    string Path { get; }

    /// <summary>All tensors by name (ordinal).</summary>
    IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>
    /// Text of the header: safetensors <c>__metadata__</c>, or the scalar values of GGUF in invariant notation (arrays: <c>GgufFile.Values</c>).
    /// </summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>All bytes of a tensor of this file, little endian.</summary>
    /// <exception cref="TensorFileException">
    /// <c>tensor_too_large</c>: 2 GiB or more, which a span cannot hold; read ranges. <c>unknown_tensor</c>: not a tensor of this file.
    /// </exception>
    ReadOnlySpan<byte> Bytes(StoredTensor tensor);

    /// <summary>A range of a tensor's bytes, for tensors of any size.</summary>
    /// <param name="tensor">A tensor of this file.</param>
    /// <param name="byteOffset">First byte, counted from the start of the tensor; 0 to <c>ByteLength</c>.</param>
    /// <param name="byteCount">Bytes wanted; 0 to <c>ByteLength - byteOffset</c>.</param>
    /// <exception cref="TensorFileException"><c>out_of_range</c>: the range leaves the tensor. <c>unknown_tensor</c>: not a tensor of this file.</exception>
    ReadOnlySpan<byte> Bytes(StoredTensor tensor, long byteOffset, int byteCount);
}
