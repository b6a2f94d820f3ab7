using Gesso.Server.Workers;
using Gesso.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Gesso.Server.Tests.Workers;

public sealed class WorkerStartTests
{
    [Fact]
    public void Census_counts_device_files_and_falls_back_to_the_processor()
    {
        using var folder = new TestFolder();
        Assert.Equal(["cpu"], DeviceCensus.Devices(null, folder.Path));
        Assert.Equal(["cpu", "cpu"], DeviceCensus.Devices(2, folder.Path));
        foreach (string name in new[] { "nvidia10", "nvidia0", "nvidia2", "nvidiactl", "nvidia-uvm" })
            _ = folder.Add(name, []);

        Assert.Equal(["cuda:0", "cuda:2", "cuda:10"], DeviceCensus.Devices(null, folder.Path));
        Assert.Equal(["cuda:0", "cuda:2", "cuda:10", "cuda:0"], DeviceCensus.Devices(4, folder.Path));
        Assert.Empty(DeviceCensus.Devices(0, folder.Path));
    }

    [Fact]
    public void Pause_grows_while_starts_fail_and_shrinks_after_a_calm_minute()
    {
        var time = new FakeTimeProvider();
        var pause = new RestartPause(time);

        Assert.Equal(TimeSpan.Zero, pause.Next());
        double[] waits = [.. Enumerable.Range(0, 8).Select(_ => pause.Next().TotalSeconds)];
        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], waits);

        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(TimeSpan.Zero, pause.Next());
        Assert.Equal(1, pause.Next().TotalSeconds);
        pause.Reset();
        Assert.Equal(TimeSpan.Zero, pause.Next());
    }
}
