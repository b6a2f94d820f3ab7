using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Storage;
using Gesso.Storage.Assets;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>A worker that stands still longer than its lease and then goes on as if nothing had happened.</summary>
public sealed class HangTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Job_of_a_worker_that_hangs_is_drawn_by_another_and_the_late_one_changes_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are suspended as Linux does it");
        var cancellation = TestContext.Current.CancellationToken;
        using var folder = new TestFolder();
        byte[] drawn;
        await using (var server = await GessoProcess.StartAsync(FaultSetup.In(folder.Path) with { Workers = 2 }))
        {
            using var client = new DirectClient(server.Url, server.Key);
            await client.WorkersAsync(2);
            byte[] expected = await client.PictureAsync(await client.EndAsync(await client.AcceptedAsync(FaultSetup.Long())));
            int first = server.WorkerProcessId(0)!.Value, second = server.WorkerProcessId(1)!.Value;
            try
            {
                await ProcessSignals.SuspendAsync(second, cancellation);                    // so that it is known who gets the job
                string id = await client.AcceptedAsync(FaultSetup.Long());
                _ = await client.AtStepAsync(id, 20);
                await ProcessSignals.SuspendAsync(first, cancellation);
                await ProcessSignals.ResumeAsync(second);
                _ = await DirectClient.UntilAsync("a second attempt", () => client.JobAsync(id), job => job.GetProperty("attempt").GetInt32() > 1);
                await Task.Delay(2 * FaultSetup.Lease, cancellation);
                await ProcessSignals.ResumeAsync(first);
                var end = await client.EndAsync(id);
                drawn = await client.PictureAsync(end);
                Assert.Equal("succeeded", end.GetProperty("state").GetString());
                Assert.Equal(expected, drawn);
                // the late one notices, and is as good as before
                await client.WorkersAsync(2);
                string[] more = [await client.AcceptedAsync(FaultSetup.Short(2)), await client.AcceptedAsync(FaultSetup.Short(3))];
                foreach (string other in more)
                    Assert.Equal("succeeded", (await client.EndAsync(other)).GetProperty("state").GetString());
                Assert.Equal(first, server.WorkerProcessId(0));
                var names = (await client.EventsAsync(id)).Select(e => e.Name).ToList();
                output.WriteLine(string.Join(' ', names));
                Assert.Single(names, "succeeded");
                Assert.Single(names, "picture");
                Assert.Equal(2, (await client.JobAsync(id)).GetProperty("attempt").GetInt32());
                foreach (string job in more)
                    Assert.True((await client.SendAsync(HttpMethod.Delete, $"api/jobs/{job}")).IsSuccess);
            }
            finally
            {
                await ProcessSignals.ResumeAsync(first);
                await ProcessSignals.ResumeAsync(second);
            }
        }
        Assert.Equal([AssetKey.Of(drawn)], await CollectAsync(folder.Path));
    }

    /// <summary>What is left after a collection without grace.</summary>
    private static async Task<IReadOnlyList<AssetKey>> CollectAsync(string data)
    {
        var time = new SteadyClock();
        var assets = new FolderAssetStore(Path.Combine(data, "assets"), time);
        await using var database = await GessoDatabase.OpenAsync("sqlite:" + Path.Combine(data, "gesso.db"), new SchedulingPolicy(), time);
        _ = await new AssetCollector(assets, database.Catalog, time, TimeSpan.Zero).RunAsync();
        List<AssetKey> left = [];
        await foreach (var asset in assets.ListAsync())
            left.Add(asset.Key);
        return left;
    }
}
