using System.Buffers.Binary;
using System.Text.Json;

namespace Gesso.Formats.Tests.Safetensors;

/// <summary>Safetensors files built by hand, right or wrong.</summary>
internal static class SafetensorsBytes
{
    public static byte[] From(string header, int dataBytes = 0) => From(System.Text.Encoding.UTF8.GetBytes(header), dataBytes);

    public static byte[] From(ReadOnlySpan<byte> header, int dataBytes = 0, ulong? claimedLength = null)
    {
        var file = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(file, claimedLength ?? (ulong)header.Length);
        header.CopyTo(file.AsSpan(8));
        for (var i = 0; i < dataBytes; i++)
            file[8 + header.Length + i] = (byte)i;
        return file;
    }

    /// <summary>The description of one tensor in the header.</summary>
    public static string Tensor(string name, string dtype, string shape, string offsets) =>
        $$"""{{JsonSerializer.Serialize(name)}}:{"dtype":"{{dtype}}","shape":{{shape}},"data_offsets":{{offsets}}}""";
}
