using System.Buffers.Binary;
using System.Text;

namespace Gesso.Torch.Native;

/// <summary>One symbol version a shared library asks another one for (an Elf64_Vernaux entry).</summary>
/// <param name="Library">For example <c>libstdc++.so.6</c>.</param>
/// <param name="Version">For example <c>GLIBCXX_3.4.32</c>.</param>
/// <param name="Flags">vna_flags; bit 1 (0x2, VER_FLG_WEAK) tells the loader that the version may be missing.</param>
/// <param name="FlagsOffset">Byte offset of vna_flags in the file.</param>
internal sealed record ElfVersionNeed(string Library, string Version, ushort Flags, int FlagsOffset);

/// <summary>
/// Reads the version needs of a little-endian ELF64 library through PT_DYNAMIC (what the loader itself reads), never through section headers.
/// Layouts: System V ABI, "Object Files" and "Dynamic Linking"; versions: Linux Standard Base Core, "Symbol Versioning".
/// Any file is safe to pass: every offset is checked against the file before it is followed.
/// </summary>
internal static class ElfVersionNeeds
{
    public const ushort Weak = 0x2;

    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int DynamicEntrySize = 16;
    private const int NeedSize = 16;
    private const uint TypeLoad = 1;
    private const uint TypeDynamic = 2;
    private const ulong TagStringTable = 5;
    private const ulong TagStringSize = 10;
    private const ulong TagVersionNeed = 0x6ffffffe;
    private const ulong TagVersionNeedCount = 0x6fffffff;

    /// <exception cref="BadImageFormatException">Not a little-endian ELF64 file, or an offset points outside it; the message says which.</exception>
    public static IReadOnlyList<ElfVersionNeed> Read(ReadOnlySpan<byte> image)
    {
        ReadOnlySpan<byte> headers = ProgramHeaders(image);
        Dictionary<ulong, ulong> dynamic = Dynamic(image, headers);
        if (!dynamic.TryGetValue(TagVersionNeed, out ulong needAddress) || !dynamic.TryGetValue(TagVersionNeedCount, out ulong needCount))
            return [];
        if (!dynamic.TryGetValue(TagStringTable, out ulong stringAddress) || !dynamic.TryGetValue(TagStringSize, out ulong stringSize))
            throw Bad("has version needs but no string table");
        ReadOnlySpan<byte> strings = Slice(image, FileOffset(headers, stringAddress, "the string table"), stringSize, "the string table");
        List<ElfVersionNeed> needs = [];
        ulong need = FileOffset(headers, needAddress, "the version needs");
        for (ulong i = 0; i < needCount; i++)
        {
            // Elf64_Verneed: vn_version 2, vn_cnt 2, vn_file 4, vn_aux 4, vn_next 4
            ReadOnlySpan<byte> entry = Slice(image, need, NeedSize, "a version need");
            if (U16(entry, 0) != 1)
                throw Bad($"has a version need of format {U16(entry, 0)}, only 1 exists");
            string library = Text(strings, U32(entry, 4));
            ulong aux = need + U32(entry, 8);
            for (int j = 0, count = U16(entry, 2); j < count; j++)
            {
                // Elf64_Vernaux: vna_hash 4, vna_flags 2, vna_other 2, vna_name 4, vna_next 4
                ReadOnlySpan<byte> item = Slice(image, aux, NeedSize, "a version name");
                needs.Add(new ElfVersionNeed(library, Text(strings, U32(item, 8)), U16(item, 4), (int)aux + 4));
                uint step = U32(item, 12);
                if (step == 0)
                    break;
                aux += step;
            }
            uint next = U32(entry, 12);
            if (next == 0)
                break;
            need += next;
            // a lying count with overlapping entries could otherwise repeat 65,535 names billions of times
            if (needs.Count > image.Length / NeedSize)
                throw Bad("names more versions than the file has room for");
        }
        return needs;
    }

    private static ReadOnlySpan<byte> ProgramHeaders(ReadOnlySpan<byte> image)
    {
        if (image.Length < HeaderSize || !image[..4].SequenceEqual("\u007fELF"u8))
            throw Bad("is not an ELF file");
        if (image[4] != 2 || image[5] != 1)
            throw Bad("is not a little-endian 64-bit ELF file");
        int size = U16(image, 54);
        int count = U16(image, 56);
        if (size != ProgramHeaderSize || count == 0)
            throw Bad($"has {count} program headers of {size} bytes, expected at least one of {ProgramHeaderSize}");
        return Slice(image, U64(image, 32), (ulong)(size * count), "the program headers");
    }

    private static Dictionary<ulong, ulong> Dynamic(ReadOnlySpan<byte> image, ReadOnlySpan<byte> headers)
    {
        Dictionary<ulong, ulong> dynamic = [];
        for (int at = 0; at < headers.Length; at += ProgramHeaderSize)
        {
            ReadOnlySpan<byte> header = headers.Slice(at, ProgramHeaderSize);
            if (U32(header, 0) != TypeDynamic)
                continue;
            ReadOnlySpan<byte> table = Slice(image, U64(header, 8), U64(header, 32), "the dynamic section");
            for (int entry = 0; entry + DynamicEntrySize <= table.Length; entry += DynamicEntrySize)
            {
                ulong tag = U64(table, entry);
                if (tag == 0)
                    break;
                dynamic[tag] = U64(table, entry + 8);
            }
        }
        return dynamic;
    }

    private static ulong FileOffset(ReadOnlySpan<byte> headers, ulong address, string what)
    {
        for (int at = 0; at < headers.Length; at += ProgramHeaderSize)
        {
            ReadOnlySpan<byte> header = headers.Slice(at, ProgramHeaderSize);
            ulong start = U64(header, 16);
            if (U32(header, 0) == TypeLoad && address >= start && address - start < U64(header, 32))
                return unchecked(U64(header, 8) + (address - start));
        }
        throw Bad($"places {what} at an address no segment holds");
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> image, ulong offset, ulong length, string what) =>
        offset <= (ulong)image.Length && length <= (ulong)image.Length - offset
            ? image.Slice((int)offset, (int)length)
            : throw Bad($"places {what} ({length} bytes at {offset}) outside the {image.Length} bytes of the file");

    private static string Text(ReadOnlySpan<byte> strings, uint offset)
    {
        if (offset >= (uint)strings.Length)
            throw Bad("names a string outside its string table");
        ReadOnlySpan<byte> tail = strings[(int)offset..];
        int end = tail.IndexOf((byte)0);
        return end >= 0 && end <= 256 ? Encoding.UTF8.GetString(tail[..end]) : throw Bad("names a string that does not end");
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);

    private static BadImageFormatException Bad(string what) => new($"The library {what}.");
}
