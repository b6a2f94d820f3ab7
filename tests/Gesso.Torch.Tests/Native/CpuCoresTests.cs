using Gesso.Testing;
using Gesso.Torch.Native;

namespace Gesso.Torch.Tests.Native;

public sealed class CpuCoresTests
{
    [Theory]
    [InlineData("0-3", 4)]
    [InlineData("0\n", 1)]
    [InlineData("0-1,4,6-7", 5)]
    [InlineData("", 0)]
    [InlineData("3-1", 0)]
    [InlineData("0-1-2", 0)]
    [InlineData("zero", 0)]
    public void CountRanges_counts_the_processors_of_a_list(string list, int count) => Assert.Equal(count, CpuCores.CountRanges(list));

    [Theory]
    [InlineData("0-15", "1", 8)]
    [InlineData("0-15", "0", 16)]
    [InlineData("0", "1", 1)]
    [InlineData("", "0", null)]
    public void Physical_halves_the_hardware_threads_when_two_share_a_core(string online, string smt, int? cores)
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.At("smt"));
        File.WriteAllText(folder.At("online"), online + "\n");
        File.WriteAllText(folder.At("smt", "active"), smt + "\n");

        Assert.Equal(cores, CpuCores.Physical(folder.Path));
    }

    [Fact]
    public void Usable_is_at_least_one_and_at_most_what_the_process_may_use()
    {
        Assert.Null(CpuCores.Physical("/nowhere"));
        Assert.InRange(CpuCores.Usable(), 1, Environment.ProcessorCount);
    }
}
