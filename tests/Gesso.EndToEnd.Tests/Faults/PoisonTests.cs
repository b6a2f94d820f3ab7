using System.Text.Json;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>A job that kills whoever draws it.</summary>
public sealed class PoisonTests
{
    [Fact]
    public async Task Job_whose_worker_dies_each_time_is_quarantined_and_others_go_on()
    {
        using var folder = new TestFolder();
        await using var server = await GessoProcess.StartAsync(FaultSetup.In(folder.Path));
        using var client = new DirectClient(server.Url, server.Key);
        await client.WorkersAsync(1);
        string poison = await client.AcceptedAsync(FaultSetup.Long());
        string other = await client.AcceptedAsync(FaultSetup.Short());
        for (int attempt = 1; attempt <= 3; attempt++)
        {
            var running = await DirectClient.UntilAsync(
                $"attempt {attempt}",
                () => client.JobAsync(poison),
                job => job.GetProperty("attempt").GetInt32() == attempt && job.GetProperty("state").GetString() == "running");
            Assert.Equal(JsonValueKind.Null, running.GetProperty("error").ValueKind);
            Assert.True(GessoProcess.TryKill(server.WorkerProcessId()!.Value));
        }
        var end = await client.EndAsync(poison);
        Assert.Equal("failed", end.GetProperty("state").GetString());
        Assert.Equal("quarantined", end.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("succeeded", (await client.EndAsync(other)).GetProperty("state").GetString());
        Assert.Single((await client.EventsAsync(poison)).Select(e => e.Name), "failed");
    }
}
