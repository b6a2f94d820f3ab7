using System.Buffers.Binary;
using System.Text;

namespace Gesso.Torch.Tests.Native;

/// <summary>
/// The smallest library with version needs: header, two program headers, a dynamic section, version needs of one library, strings.
/// Offsets are public so that tests can make each of them lie.
/// </summary>
internal static class TinyElf
{
    public const int ProgramHeaders = 64;
    public const int DynamicHeader = ProgramHeaders + 56;
    public const int Dynamic = ProgramHeaders + 112;
    public const int Need = Dynamic + (5 * 16);
    public const int FirstVersion = Need + 16;
    public const int SecondVersion = FirstVersion + 16;
    public const int Strings = SecondVersion + 16;

    /// <summary>Addresses are file offsets plus this, so that a reader that confuses the two fails.</summary>
    public const int Base = 0x1000;

    private const string Texts = "\0libstdc++.so.6\0GLIBCXX_3.4.32\0GLIBCXX_3.4.30\0";

    public static byte[] Create()
    {
        byte[] elf = new byte[Strings + Texts.Length];
        "\u007fELF"u8.CopyTo(elf);
        elf[4] = 2; // 64 bit
        elf[5] = 1; // little-endian
        U64(elf, 32, ProgramHeaders);
        U16(elf, 54, 56);
        U16(elf, 56, 2);
        Segment(elf, ProgramHeaders, 1, 0, (ulong)elf.Length);
        Segment(elf, DynamicHeader, 2, Dynamic, 5 * 16);
        Entry(elf, 0, 5, Base + Strings);
        Entry(elf, 1, 10, (ulong)Texts.Length);
        Entry(elf, 2, 0x6ffffffe, Base + Need);
        Entry(elf, 3, 0x6fffffff, 1);
        U16(elf, Need, 1);
        U16(elf, Need + 2, 2);
        U32(elf, Need + 4, 1);
        U32(elf, Need + 8, 16);
        U32(elf, FirstVersion + 8, 16);
        U32(elf, FirstVersion + 12, 16);
        U32(elf, SecondVersion + 8, 31);
        Encoding.ASCII.GetBytes(Texts).CopyTo(elf, Strings);
        return elf;
    }

    public static void U16(byte[] elf, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(at), value);

    public static void U32(byte[] elf, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(elf.AsSpan(at), value);

    public static void U64(byte[] elf, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(at), value);

    private static void Segment(byte[] elf, int at, uint type, ulong offset, ulong size)
    {
        U32(elf, at, type);
        U64(elf, at + 8, offset);
        U64(elf, at + 16, Base + offset);
        U64(elf, at + 32, size);
    }

    private static void Entry(byte[] elf, int index, ulong tag, ulong value)
    {
        U64(elf, Dynamic + (index * 16), tag);
        U64(elf, Dynamic + (index * 16) + 8, value);
    }
}
