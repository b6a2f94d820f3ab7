using Gesso.Testing;
using Gesso.Torch.Native;

namespace Gesso.Torch.Tests.Native;

public sealed class ShimCopyTests
{
    private static string Original => LibTorchSearch.ShimCandidates(NativeHost.Current()).First(File.Exists);

    [Fact]
    public void Mark_changes_one_bit_of_the_real_shim()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The shim of other systems is not an ELF file.");
        byte[] original = File.ReadAllBytes(Original);

        byte[] copy = ShimCopy.Mark(original);

        int changed = Enumerable.Range(0, original.Length).Single(i => original[i] != copy[i]);
        Assert.Equal(original[changed] | 2, copy[changed]);
        ElfVersionNeed marked = Assert.Single(ElfVersionNeeds.Read(copy), need => (need.Flags & ElfVersionNeeds.Weak) != 0);
        Assert.Equal(("libstdc++.so.6", "GLIBCXX_3.4.32", changed), (marked.Library, marked.Version, marked.FlagsOffset));
    }

    [Fact]
    public void Mark_refuses_a_library_without_that_need()
    {
        byte[] elf = TinyElf.Create();
        "5"u8.CopyTo(elf.AsSpan(TinyElf.Strings + 29)); // GLIBCXX_3.4.32 → GLIBCXX_3.4.35

        Assert.Contains("GLIBCXX_3.4.32", Assert.Throws<BadImageFormatException>(() => ShimCopy.Mark(elf)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Place_writes_once_and_then_finds_its_copy()
    {
        using var folder = new TestFolder();
        string original = folder.Add("shim.so", TinyElf.Create());

        string first = ShimCopy.Place(original, folder.At("native"), [], out DirectoryInfo? temporary);
        DateTime written = File.GetLastWriteTimeUtc(first);
        string second = ShimCopy.Place(original, folder.At("native"), [], out _);

        Assert.Null(temporary);
        Assert.Equal(first, second);
        Assert.Equal(written, File.GetLastWriteTimeUtc(second));
        Assert.Equal([Path.GetFileName(first)], Directory.GetFiles(folder.At("native")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[0])]
    public void Place_makes_a_damaged_copy_anew(byte[] damage)
    {
        using var folder = new TestFolder();
        string original = folder.Add("shim.so", TinyElf.Create());
        string copy = ShimCopy.Place(original, folder.Path, [], out _);
        File.WriteAllBytes(copy, damage);

        Assert.Equal(copy, ShimCopy.Place(original, folder.Path, [], out _));

        Assert.Equal(ShimCopy.Mark(TinyElf.Create()), File.ReadAllBytes(copy));
    }

    [Fact]
    public void Place_notices_one_changed_byte_in_a_copy_of_the_right_size()
    {
        using var folder = new TestFolder();
        string original = folder.Add("shim.so", TinyElf.Create());
        string copy = ShimCopy.Place(original, folder.Path, [], out _);
        byte[] bytes = File.ReadAllBytes(copy);
        bytes[^1] ^= 1;
        File.WriteAllBytes(copy, bytes);

        ShimCopy.Place(original, folder.Path, [], out _);

        Assert.Equal(ShimCopy.Mark(TinyElf.Create()), File.ReadAllBytes(copy));
    }

    [Fact]
    public void Place_goes_to_a_private_temporary_folder_when_the_cache_cannot_be_written()
    {
        using var folder = new TestFolder();
        string original = folder.Add("shim.so", TinyElf.Create());
        List<string> trace = [];

        // a file where the folder should be: refused for every user, also the superuser
        string copy = ShimCopy.Place(original, Path.Combine(original, "native"), trace, out DirectoryInfo? temporary);

        Assert.NotNull(temporary);
        Assert.Equal(temporary.FullName, Path.GetDirectoryName(copy));
        Assert.Equal(ShimCopy.Mark(TinyElf.Create()), File.ReadAllBytes(copy));
        Assert.StartsWith("no copy in ", Assert.Single(trace), StringComparison.Ordinal);
        temporary.Delete(recursive: true);
    }
}
