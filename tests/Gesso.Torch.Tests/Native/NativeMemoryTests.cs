using Gesso.Torch.Native;
using TorchSharp;

namespace Gesso.Torch.Tests.Native;

public sealed class NativeMemoryTests
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void ReturnFreed_keeps_the_process_flat_over_200_rounds_of_varying_tensors()
    {
        Assert.SkipUnless(NativeMemory.GlibcVersion() is not null, "Only glibc's allocator is set up.");
        var random = new Random(7);
        for (int i = 0; i < 20; i++)
            Round(random);
        long before = ResidentBytes();

        for (int i = 0; i < 200; i++)
            Round(random);

        // each round makes and drops about 60 MB; without ReturnFreed this grows by several hundred
        Assert.InRange(ResidentBytes() - before, -1024 * Mebibyte, 48 * Mebibyte);
    }

    private static void Round(Random random)
    {
        using (torch.NewDisposeScope())
        {
            torch.Tensor[] kept = new torch.Tensor[8];
            for (int i = 0; i < 40; i++)
                kept[random.Next(kept.Length)] = torch.ones(random.Next(1_000, 800_000)).mul_(2);
        }
        NativeMemory.ReturnFreed();
    }

    private static long ResidentBytes()
    {
        string line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }
}
