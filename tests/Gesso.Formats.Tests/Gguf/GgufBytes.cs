using Gesso.Formats.Gguf;

namespace Gesso.Formats.Tests.Gguf;

/// <summary>GGUF files built by hand, right or wrong: every number is written as given.</summary>
internal sealed class GgufBytes
{
    private readonly List<byte> _bytes = [];

    public static GgufBytes Header(uint version, ulong tensors, ulong entries) =>
        new GgufBytes().Raw("GGUF"u8).Number(version).Number(tensors).Number(entries);

    public GgufBytes Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public GgufBytes Number(uint value) => Raw(BitConverter.GetBytes(value));

    public GgufBytes Number(ulong value) => Raw(BitConverter.GetBytes(value));

    public GgufBytes Type(GgufValueType type) => Number((uint)type);

    public GgufBytes Text(string text) => Number((ulong)text.Length).Raw(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A metadata entry up to the element count of its array.</summary>
    public GgufBytes Array(string key, GgufValueType elements, ulong count) => Text(key).Type(GgufValueType.Array).Type(elements).Number(count);

    /// <summary>A tensor record with its axes as stored, innermost first.</summary>
    public GgufBytes Tensor(string name, uint type, ulong offset, params ulong[] axes)
    {
        Text(name).Number((uint)axes.Length);
        foreach (var axis in axes)
            Number(axis);
        return Number(type).Number(offset);
    }

    /// <summary>The file with zeros up to the alignment, then this many bytes 0, 1, 2, … of data.</summary>
    public byte[] WithData(int count, int alignment = 32)
    {
        var start = (_bytes.Count + alignment - 1) / alignment * alignment;
        var file = new byte[start + count];
        _bytes.CopyTo(file);
        for (var i = 0; i < count; i++)
            file[start + i] = (byte)i;
        return file;
    }

    public byte[] ToArray() => _bytes.ToArray();
}
