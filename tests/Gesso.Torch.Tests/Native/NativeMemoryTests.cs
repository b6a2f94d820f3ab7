using Gesso.Torch.Native;
using TorchSharp;

namespace Gesso.Torch.Tests.Native;

public sealed class NativeMemoryTests
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void ReturnFreed_gives_back_what_freed_tensors_leave_in_the_process()
    {
        Assert.SkipUnless(NativeMemory.GlibcVersion() is not null, "Only glibc's allocator is set up.");
        NativeMemory.ReturnFreed();
        long before = ResidentBytes();
        using (torch.NewDisposeScope())
        {
            for (int i = 0; i < 256; i++)
                torch.ones(1 << 18); // 1 MiB
        }
        long kept = ResidentBytes() - before;

        NativeMemory.ReturnFreed();

        Assert.InRange(kept, 200 * Mebibyte, 400 * Mebibyte);
        Assert.InRange(ResidentBytes() - before, -1024 * Mebibyte, 32 * Mebibyte);
    }

    [Fact]
    public void ReturnFreed_keeps_the_process_flat_over_200_rounds_of_varying_tensors()
    {
        Assert.SkipUnless(NativeMemory.GlibcVersion() is not null, "Only glibc's allocator is set up.");
        var random = new Random(7);
        for (int i = 0; i < 10; i++)
            Round(random);
        long before = ResidentBytes();

        for (int i = 0; i < 200; i++)
            Round(random);

        Assert.InRange(ResidentBytes() - before, -1024 * Mebibyte, 48 * Mebibyte);
    }

    private static void Round(Random random)
    {
        using (torch.NewDisposeScope())
        {
            torch.Tensor?[] kept = new torch.Tensor?[4];
            for (int i = 0; i < 10; i++)
            {
                int place = random.Next(kept.Length);
                kept[place]?.Dispose();
                kept[place] = torch.zeros(random.Next(1_000, 3_000_000));
            }
        }
        NativeMemory.ReturnFreed();
    }

    private static long ResidentBytes()
    {
        string line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }
}
