using CsCheck;
using Gesso.Torch.Native;

namespace Gesso.Torch.Tests.Native;

public sealed class ElfVersionNeedsTests
{
    [Fact]
    public void Read_finds_library_version_and_the_offset_of_the_flags() =>
        Assert.Equal(
            [
                new ElfVersionNeed("libstdc++.so.6", "GLIBCXX_3.4.32", 0, TinyElf.FirstVersion + 4),
                new ElfVersionNeed("libstdc++.so.6", "GLIBCXX_3.4.30", 0, TinyElf.SecondVersion + 4),
            ],
            ElfVersionNeeds.Read(TinyElf.Create()));

    [Fact]
    public void Read_gives_nothing_for_a_library_without_version_needs()
    {
        byte[] elf = TinyElf.Create();
        TinyElf.U64(elf, TinyElf.Dynamic + 32, 0x12345);

        Assert.Empty(ElfVersionNeeds.Read(elf));
    }

    public static TheoryData<string, int, ulong> Lies => new()
    {
        { "offset of the program headers", 32, ulong.MaxValue - 8 },
        { "offset of the dynamic section", TinyElf.DynamicHeader + 8, 1UL << 40 },
        { "size of the dynamic section", TinyElf.DynamicHeader + 32, ulong.MaxValue },
        { "file offset of the segment", TinyElf.ProgramHeaders + 8, ulong.MaxValue - TinyElf.Strings },
        { "address of the segment", TinyElf.ProgramHeaders + 16, ulong.MaxValue },
        { "size of the segment", TinyElf.ProgramHeaders + 32, 8 },
        { "address of the strings", TinyElf.Dynamic + 8, 1UL << 63 },
        { "size of the strings", TinyElf.Dynamic + 24, ulong.MaxValue },
        { "no strings", TinyElf.Dynamic + 24, 0 },
        { "address of the needs", TinyElf.Dynamic + 40, ulong.MaxValue },
        { "needs in the last bytes of the file", TinyElf.Dynamic + 40, TinyElf.Base + TinyElf.Strings + 40 },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void Read_refuses_an_offset_that_points_outside_the_file(string lie, int at, ulong value)
    {
        byte[] elf = TinyElf.Create();
        TinyElf.U64(elf, at, value);

        var error = Assert.Throws<BadImageFormatException>(() => ElfVersionNeeds.Read(elf));

        Assert.True(error.Message.StartsWith("The library ", StringComparison.Ordinal), $"{lie}: {error.Message}");
    }

    [Theory]
    [InlineData(TinyElf.Need + 4)]
    [InlineData(TinyElf.Need + 8)]
    [InlineData(TinyElf.FirstVersion + 8)]
    [InlineData(TinyElf.FirstVersion + 12)]
    public void Read_refuses_a_step_or_a_name_outside_the_file(int at)
    {
        byte[] elf = TinyElf.Create();
        TinyElf.U32(elf, at, uint.MaxValue);

        Assert.Throws<BadImageFormatException>(() => ElfVersionNeeds.Read(elf));
    }

    [Fact]
    public void Read_ends_when_the_counts_promise_more_than_the_file_holds()
    {
        byte[] elf = TinyElf.Create();
        TinyElf.U64(elf, TinyElf.Dynamic + 56, ulong.MaxValue);
        TinyElf.U16(elf, TinyElf.Need + 2, ushort.MaxValue);

        Assert.Equal(2, ElfVersionNeeds.Read(elf).Count);
    }

    [Theory]
    [InlineData(4, 1, "64-bit")]
    [InlineData(5, 2, "little-endian")]
    [InlineData(0, 0, "not an ELF file")]
    [InlineData(54, 32, "program headers")]
    [InlineData(56, 0, "program headers")]
    public void Read_says_what_is_wrong_with_the_header(int at, byte value, string word)
    {
        byte[] elf = TinyElf.Create();
        elf[at] = value;

        Assert.Contains(word, Assert.Throws<BadImageFormatException>(() => ElfVersionNeeds.Read(elf)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_refuses_every_truncation()
    {
        byte[] elf = TinyElf.Create();

        Assert.All(Enumerable.Range(0, elf.Length), length => Assert.Throws<BadImageFormatException>(() => ElfVersionNeeds.Read(elf.AsSpan(0, length))));
    }

    [Fact]
    public void Read_answers_or_refuses_whatever_the_bytes_are() =>
        Gen.Select(Gen.Int[0, TinyElf.Strings + 45], Gen.Byte).Array[1, 8].Sample(
            mutations =>
            {
                byte[] elf = TinyElf.Create();
                foreach ((int at, byte value) in mutations)
                    elf[at] = value;
                try
                {
                    return ElfVersionNeeds.Read(elf).All(need => need.FlagsOffset >= 0 && need.FlagsOffset + 2 <= elf.Length);
                }
                catch (BadImageFormatException)
                {
                    return true;
                }
            },
            iter: 20_000,
            threads: 1);
}
