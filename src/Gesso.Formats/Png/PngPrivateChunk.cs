using System.Buffers.Binary;

namespace Gesso.Formats.Png;

/// <summary>
/// A chunk of our own in a PNG picture (specification, section 5.4): with a name such as <c>gsPL</c>, whose case says that others may ignore it, that it is
/// private, and that a program which changes pixels must drop it.
/// </summary>
public static class PngPrivateChunk
{
    /// <summary>The data of the first chunk of that name; null: there is none.</summary>
    /// <exception cref="TensorFileException"><c>bad_png</c></exception>
    public static byte[]? Read(ReadOnlySpan<byte> png, string name)
    {
        var letters = Letters(name);
        byte[]? found = null;
        var reader = new PngChunkReader(png);
        while (reader.Read())
        {
            if (found is null && reader.Name.SequenceEqual(letters))
                found = reader.Data.ToArray();
        }

        return found;
    }

    /// <summary>A copy of the picture with that chunk before its end; one of that name that it has already is replaced.</summary>
    /// <exception cref="TensorFileException"><c>bad_png</c></exception>
    public static byte[] With(ReadOnlySpan<byte> png, string name, ReadOnlySpan<byte> data)
    {
        var letters = Letters(name);
        var reader = new PngChunkReader(png);
        using var result = new MemoryStream(png.Length + data.Length + PngChunkReader.FrameBytes);
        result.Write(PngChunkReader.Signature);
        var start = PngChunkReader.Signature.Length;
        while (reader.Read())
        {
            if (reader.Name.SequenceEqual("IEND"u8))
                result.Write(Chunk(letters, data));
            if (!reader.Name.SequenceEqual(letters))
                result.Write(png[start..reader.End]);
            start = reader.End;
        }

        result.Write(png[start..]);
        return result.ToArray();
    }

    private static byte[] Chunk(ReadOnlySpan<byte> letters, ReadOnlySpan<byte> data)
    {
        var chunk = new byte[PngChunkReader.FrameBytes + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        letters.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32.Of(chunk.AsSpan(4, chunk.Length - 8)));
        return chunk;
    }

    private static byte[] Letters(string name)
    {
        var fits = name.Length == 4 && name.All(char.IsAsciiLetter) && char.IsLower(name[0]) && char.IsLower(name[1]) && char.IsUpper(name[2]) && char.IsUpper(name[3]);
        return fits ? System.Text.Encoding.ASCII.GetBytes(name) : throw new ArgumentException($"The name of a private chunk is like \"gsPL\" (ancillary, private, unsafe to copy); got \"{name}\".", nameof(name));
    }
}
