using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Formats.Decoding;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Torch.Weights;

/// <summary>Rows <c>FirstRow … FirstRow+Rows−1</c> of one stored tensor, with the scale that belongs to them.</summary>
/// <param name="File">The open file; it must outlive the part.</param>
/// <param name="Tensor">The stored tensor; its first axis are the rows.</param>
/// <param name="FirstRow">First row taken.</param>
/// <param name="Rows">How many rows.</param>
/// <param name="Scale">Factors: empty (1), one for all, or for each row of the stored tensor one or as many as it has blocks of equal length.</param>
public readonly record struct WeightPart(ITensorFile File, StoredTensor Tensor, long FirstRow, long Rows, float[] Scale);

/// <summary>
/// A parameter under its canonical name, as stored: one or more row ranges put one under another (a fused qkv over three stored
/// matrices, swapped halves of a modulation). Nothing is read before <see cref="Decode"/>.
/// </summary>
public sealed class WeightView
{
    private const int ChunkBytes = 256 << 20;
    private readonly IReadOnlyList<WeightPart> _parts;

    public WeightView(string name, long[] shape, IReadOnlyList<WeightPart> parts)
    {
        Name = name;
        Shape = shape;
        _parts = parts;
    }

    public string Name { get; }

    /// <summary>Row-major; for matrices [Outputs, Inputs].</summary>
    public long[] Shape { get; }

    public IReadOnlyList<WeightPart> Parts => _parts;

    public long Elements => Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>Bytes it takes in its file.</summary>
    public long StoredBytes => _parts.Sum(p => p.Tensor.Type.ByteLength(p.Rows * RowElements(p.Tensor)));

    /// <summary>Whether the bytes were made in memory (a merged adapter) and are no view of a file.</summary>
    public bool IsInMemory { get; init; }

    public bool IsFullPrecision => _parts.All(p => p.Tensor.Type == StorageType.F32 && p.Scale.Length == 0);

    /// <summary>The values in f32 on the CPU.</summary>
    public Tensor Decode()
    {
        var tensor = torch.empty(Shape, ScalarType.Float32, CPU);
        try
        {
            Fill(tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private void Fill(Tensor tensor)
    {
        long written = 0;
        using var flat = tensor.view(-1);
        foreach (var part in _parts)
        {
            long rowElements = RowElements(part.Tensor);
            long rowBytes = part.Tensor.Type.ByteLength(rowElements);
            long rowsAtOnce = Math.Max(1, ChunkBytes / Math.Max(1, rowElements * 4));
            for (long row = 0; row < part.Rows; row += rowsAtOnce)
            {
                long rows = Math.Min(rowsAtOnce, part.Rows - row);
                var source = part.File.Bytes(part.Tensor, (part.FirstRow + row) * rowBytes, checked((int)(rows * rowBytes)));
                using var target = flat.narrow(0, written, rows * rowElements);
                var values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(target.bytes);
                TensorDecoder.DecodeParallel(part.Tensor.Type, source, values, get_num_threads());
                Rescale(values, part, part.FirstRow + row, rows, rowElements);
                written += rows * rowElements;
            }
        }
    }

    /// <summary>The given rows of a matrix in f32 on the CPU, [rows.Count, Width].</summary>
    internal Tensor DecodeRows(IReadOnlyList<int> rows)
    {
        var part = _parts is [var only] ? only : throw GessoException.Bug("stacked_table", $"{Name} is stored in several pieces.");
        long width = Shape[1];
        long rowBytes = part.Tensor.Type.ByteLength(width);
        var tensor = torch.empty([rows.Count, width], ScalarType.Float32, CPU);
        var values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.bytes);
        for (int i = 0; i < rows.Count; i++)
        {
            var target = values.Slice(checked((int)(i * width)), checked((int)width));
            TensorDecoder.Decode(part.Tensor.Type, part.File.Bytes(part.Tensor, (part.FirstRow + rows[i]) * rowBytes, checked((int)rowBytes)), target);
            Rescale(target, part, part.FirstRow + rows[i], 1, width);
        }
        return tensor;
    }

    private static void Rescale(Span<float> values, in WeightPart part, long firstRow, long rows, long rowElements)
    {
        if (part.Scale.Length == 0)
            return;
        long blocks = part.Scale.Length == 1 ? 1 : part.Scale.Length / part.Tensor.Shape[0];  // of a row
        int length = checked((int)(rowElements / blocks));
        for (int block = 0; block < rows * blocks; block++)
        {
            float scale = part.Scale.Length == 1 ? part.Scale[0] : part.Scale[checked((int)(firstRow * blocks + block))];
            var slice = values.Slice(checked(block * length), length);
            System.Numerics.Tensors.TensorPrimitives.Multiply(slice, scale, slice);
        }
    }

    private static long RowElements(StoredTensor tensor) =>
        tensor.Shape.Count == 0 ? 1 : tensor.Shape.Skip(1).Aggregate(1L, (a, b) => a * b);

    internal static WeightPart Whole(ITensorFile file, StoredTensor tensor, float[] scale) =>
        new(file, tensor, 0, tensor.Shape.Count == 0 ? 1 : tensor.Shape[0], scale);
}
