using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>A wall clock that is set by an hour while a server and its worker are at work.</summary>
public sealed class ClockTests
{
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(30);

    [Fact]
    public async Task Wall_clock_that_jumps_moves_no_lease_no_deadline_and_no_order()
    {
        Assert.SkipUnless(FakeClock.Missing is null, FakeClock.Missing ?? "");
        using var folder = new TestFolder();
        var clock = new FakeClock(folder.Path);
        clock.Set("+0s");
        var setup = FaultSetup.In(folder.At("data"), ("limits", new { maxSteps = 1000 })) with { Environment = clock.Environment };
        await using var server = await GessoProcess.StartAsync(setup);
        using var client = new DirectClient(server.Url, server.Key);
        await client.WorkersAsync(1);
        byte[] expected = await client.PictureAsync(await client.EndAsync(await client.AcceptedAsync(Long())));
        List<string> ids = [];

        // an hour forward: half of it would be behind every lease and the deadline
        ids.Add(await client.AcceptedAsync(Work()));
        _ = await client.AtStepAsync(ids[0], 1);
        await JumpAsync(client, clock, "+1h", ahead: 1);
        await Task.Delay(FaultSetup.Lease, TestContext.Current.CancellationToken);          // time for leases to end, if they would
        ids.Add(await client.AcceptedAsync(Work(2)));
        await SucceededOnceAsync(client, ids[0], attempts: 1);

        // two hours back, then a worker that never knew another time goes on with what the first one began
        ids.Add(await client.AcceptedAsync(Long()));
        _ = await client.AtStepAsync(ids[2], 1);
        await JumpAsync(client, clock, "-1h", ahead: -1);
        ids.Add(await client.AcceptedAsync(Work(3)));
        Assert.True(GessoProcess.TryKill(server.WorkerProcessId()!.Value));
        await SucceededOnceAsync(client, ids[2], attempts: 2, expected);
        await SucceededOnceAsync(client, ids[1], attempts: 1);
        await SucceededOnceAsync(client, ids[3], attempts: 1);

        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        var list = (await client.GetAsync("api/jobs?limit=4")).Json.GetProperty("data").EnumerateArray().Select(j => j.GetProperty("id").GetString()!).ToList();
        Assert.Equal(ids, Enumerable.Reverse(list));
        Assert.DoesNotContain("fell silent", server.Log, StringComparison.Ordinal);
    }

    private static object Work(int seed = 1) => Work(seed, steps: 60);

    /// <summary>Still drawn when the jump is seen, on any machine.</summary>
    private static object Long() => Work(seed: 1, steps: 400);

    private static object Work(int seed, int steps) => new { prompt = "a green pear", size = "64x64", steps, seed, deadline_seconds = 900 };

    /// <summary>Sets the clock and waits until the server's processes see it: Kestrel stamps its answers with the wall clock.</summary>
    private static async Task JumpAsync(DirectClient client, FakeClock clock, string offset, int ahead)
    {
        clock.Set(offset);
        _ = await DirectClient.UntilAsync(
            $"the time {offset}", () => client.GetAsync("livez"), answer => (answer.Date!.Value - TimeProvider.System.GetUtcNow()) * ahead > Most);
    }

    private static async Task SucceededOnceAsync(DirectClient client, string id, int attempts, byte[]? picture = null)
    {
        var end = await client.EndAsync(id);
        Assert.True(end.GetProperty("state").GetString() == "succeeded", end.ToString());
        Assert.Equal(attempts, end.GetProperty("attempt").GetInt32());
        Assert.Single((await client.EventsAsync(id)).Select(e => e.Name), "succeeded");
        if (picture is not null)
            Assert.Equal(picture, await client.PictureAsync(end));
    }
}
