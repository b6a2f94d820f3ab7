using System.Net;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>Many requests with one idempotency key at the same moment.</summary>
public sealed class SameKeyTests
{
    [Fact]
    public async Task Hundred_simultaneous_submits_with_one_key_are_one_job()
    {
        using var folder = new TestFolder();
        // without a worker nothing happens to the job between two answers, so they must be equal to the byte
        await using var server = await GessoProcess.StartAsync(FaultSetup.In(folder.Path) with { Workers = 0 });
        using var client = new DirectClient(server.Url, server.Key);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.SubmitAsync(FaultSetup.Short(), "one and the same")));

        Assert.All(answers, a => Assert.Equal(HttpStatusCode.Accepted, a.Status));
        Assert.Single(answers.Select(a => a.Text).Distinct());
        var list = (await client.GetAsync("api/jobs")).Json.GetProperty("data");
        Assert.Equal(answers[0].Json.GetProperty("id").GetString(), Assert.Single(list.EnumerateArray()).GetProperty("id").GetString());
        var reused = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => client.SubmitAsync(FaultSetup.Short(100 + n), "one and the same")));
        Assert.All(reused, a => Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused"), (a.Status, a.ErrorCode)));
        Assert.Equal(1, (await client.GetAsync("api/jobs")).Json.GetProperty("data").GetArrayLength());
    }
}
