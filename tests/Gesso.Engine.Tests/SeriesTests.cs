using Gesso.Contracts.Images;
using Gesso.Engine.Library;
using Gesso.Testing;

namespace Gesso.Engine.Tests;

/// <summary>Long series in one process.</summary>
public sealed class SeriesTests
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void Two_hundred_pictures_of_changing_sizes_leave_memory_flat()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Resident memory is read from /proc.");
        using var leaks = new LeakCheck();
        using var engine = ImageEngine.Load(ModelLibrary.Default.Resolve(null, new CompanionFiles()), new EngineOptions { Device = "cpu" });
        long after50 = 0;                                                                   // all twelve sizes were drawn by then; libtorch keeps its plans of each
        for (int i = 1; i <= 200; i++)
        {
            var request = new ImageRequest { Prompt = $"picture {i}", Steps = 1, Seed = new Seed(i), Size = new ImageSize(64 + 32 * (i % 4), 64 + 32 * (i % 3)) };
            ImageResult? result = null;
            foreach (var step in engine.Generate(engine.Plan(request), cancellation: TestContext.Current.CancellationToken))
                result = step.Result;
            Assert.NotNull(result);
            if (i == 50)
                after50 = ProcessMemory.ResidentBytes();
        }
        long growth = ProcessMemory.ResidentBytes() - after50;
        Assert.True(growth < 24 * Mebibyte, $"resident memory grew by {growth / Mebibyte} MiB between picture 50 and picture 200");
    }

    [Fact]
    public void Same_request_draws_the_same_bytes_and_counts_through_seeds()
    {
        using var engine = ImageEngine.Load(ModelLibrary.Default.Resolve(null, new CompanionFiles()), new EngineOptions { Device = "cpu" });
        var request = new ImageRequest { Prompt = "an owl", Steps = 2, Seed = new Seed(9), Count = 2 };
        byte[][] Draw(ImageRequest wanted) => [.. engine.Generate(engine.Plan(wanted)).Where(s => s.Result is not null).Select(s => s.Result!.Picture.Pixels)];
        byte[][] first = Draw(request), again = Draw(request), second = Draw(request with { Seed = new Seed(10), Count = 1 });
        Assert.Equal(first[0], again[0]);
        Assert.Equal(first[1], second[0]);
        Assert.NotEqual(first[0], first[1]);
    }
}
