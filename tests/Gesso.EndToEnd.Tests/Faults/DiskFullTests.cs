using System.Net;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>A data folder on a disk that has no room left.</summary>
public sealed class DiskFullTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Full_disk_refuses_new_work_serves_what_is_there_and_needs_no_restart()
    {
        using var disk = SmallDisk.OrSkip(megabytes: 32);
        var setup = FaultSetup.In(Path.Combine(disk.Path, "data"));
        await using var server = await GessoProcess.StartAsync(setup);
        using var client = new DirectClient(server.Url, server.Key);
        await client.WorkersAsync(1);
        string first = await client.AcceptedAsync(FaultSetup.Short()), second = await client.AcceptedAsync(FaultSetup.Short(2));
        byte[] expected = await client.PictureAsync(await client.EndAsync(first));
        _ = await client.EndAsync(second);
        string running = await client.AcceptedAsync(FaultSetup.Long());
        _ = await client.AtStepAsync(running, 5);
        string filler = disk.Fill();

        // what still fits into the space the database had before is stored and promised, the rest is refused
        List<string> accepted = [];
        var refused = await DirectClient.UntilAsync("a refusal", () => client.SubmitAsync(FaultSetup.Short(3)), answer =>
        {
            if (answer.Status == HttpStatusCode.Accepted)
                accepted.Add(answer.Json.GetProperty("id").GetString()!);
            return answer.Status != HttpStatusCode.Accepted;
        });
        output.WriteLine($"{accepted.Count} accepted, then {refused}");
        Assert.Contains(refused.Status, new[] { HttpStatusCode.ServiceUnavailable, HttpStatusCode.InsufficientStorage });
        Assert.Equal("storage_full", refused.ErrorCode);
        Assert.NotNull(refused.RetryAfter);

        // reading
        Assert.Equal(expected, await client.PictureAsync(await client.JobAsync(first)));
        Assert.True((await client.GetAsync("api/jobs")).IsSuccess);
        Assert.True((await client.GetAsync("livez")).IsSuccess);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("readyz")).Status);
        var deleted = await client.SendAsync(HttpMethod.Delete, $"api/jobs/{second}");
        Assert.True(deleted.IsSuccess, deleted.ToString());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"api/jobs/{second}")).Status);

        File.Delete(filler);
        var fresh = await DirectClient.UntilAsync("a submit", () => client.SubmitAsync(FaultSetup.Short()), a => a.IsSuccess);
        var end = await client.EndAsync(fresh.Json.GetProperty("id").GetString()!);
        Assert.Equal("succeeded", end.GetProperty("state").GetString());
        Assert.Equal(expected, await client.PictureAsync(end));
        foreach (string id in accepted.Append(running))
        {
            // each waited for room, or was ended for want of it
            var job = await client.EndAsync(id);
            string state = job.GetProperty("state").GetString()!;
            Assert.True(state == "succeeded" || job.GetProperty("error").GetProperty("code").GetString() == "storage_full", job.ToString());
        }
        _ = await DirectClient.UntilAsync("readiness", () => client.GetAsync("readyz"), answer => answer.IsSuccess);
    }
}
