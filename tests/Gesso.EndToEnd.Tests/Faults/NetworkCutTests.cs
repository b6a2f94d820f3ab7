using System.Globalization;
using System.Net;
using System.Text;
using Gesso.Testing;
using Gesso.Testing.Platform;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>Cuts between a client and its server, and between servers and their database.</summary>
public sealed class NetworkCutTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Stream_that_breaks_goes_on_where_it_was_and_gives_every_event_once()
    {
        using var folder = new TestFolder();
        await using var server = await GessoProcess.StartAsync(FaultSetup.In(folder.Path));
        using var client = new DirectClient(server.Url, server.Key);
        await using var proxy = new CutProxy(server.Url.Port);
        using var cut = new DirectClient(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{proxy.Port}/")), server.Key);
        string id = await client.AcceptedAsync(new { prompt = "four in a row", size = "64x64", steps = 4, n = 4, seed = 1 });

        List<StreamEvent> seen = [];
        int connections = 0;
        while (seen.Count == 0 || seen[^1].Name is not ("succeeded" or "failed"))
        {
            connections++;
            await foreach (var item in ReadAsync(cut, id, seen.Count == 0 ? 0 : seen[^1].Id!.Value))
            {
                if (item.Id is null)
                    continue;
                seen.Add(item);
                proxy.Break();                                                              // after each event; what is already on its way may still come
            }
        }

        output.WriteLine($"{connections} connections: {string.Join(' ', seen.Select(e => e.Name))}");
        Assert.Equal(Enumerable.Range(1, seen.Count), seen.Select(e => e.Id!.Value));
        Assert.Equal(["queued", "started", "picture", "picture", "picture", "picture", "succeeded"], seen.Select(e => e.Name));
        Assert.True(connections > 1, "No cut interrupted the stream: the test proves nothing.");
    }

    [Fact]
    public async Task Database_that_is_cut_off_gets_no_false_promises_and_loses_nothing()
    {
        var postgres = PostgresServer.OfThisProcess;
        Assert.SkipUnless(postgres.Missing is null, postgres.Missing ?? "");
        using var folder = new TestFolder();
        UriBuilder address = new(postgres.NewDatabase());
        await using var proxy = new CutProxy(address.Port);
        (address.Host, address.Port, address.Query) = ("127.0.0.1", proxy.Port, "Timeout=2&Command_Timeout=2");
        await using var server = await GessoProcess.StartAsync(
            FaultSetup.In(folder.Path, ("security", new { secretFile = folder.At("secrets.json") })) with { Database = address.Uri.ToString() });
        using var client = new DirectClient(server.Url, server.Key);
        await client.WorkersAsync(1);
        byte[] expected = await client.PictureAsync(await client.EndAsync(await client.AcceptedAsync(FaultSetup.Long())));

        // broken for longer than a lease, in the middle of a job
        string running = await client.AcceptedAsync(FaultSetup.Long());
        _ = await client.AtStepAsync(running, 5);
        proxy.Apply(Cut.Both);
        long since = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(since) < 1.5 * FaultSetup.Lease)
            AssertRefused(await client.SubmitAsync(FaultSetup.Short(), "while it was cut"));
        Assert.True((await client.GetAsync("livez")).IsSuccess);
        proxy.Mend();
        var end = await client.EndWithinOutageAsync(running);
        Assert.Equal("succeeded", end.GetProperty("state").GetString());
        Assert.Equal(expected, await client.PictureAsync(end));

        // requests arrive, answers do not: the server cannot know what became of them, and says so
        proxy.Apply(Cut.Answers);
        AssertRefused(await client.SubmitAsync(FaultSetup.Short(7), "answers lost"));
        proxy.Mend();
        var again = await DirectClient.UntilAsync("a submit", () => client.SubmitAsync(FaultSetup.Short(7), "answers lost"), a => a.IsSuccess);
        var once = await client.EndWithinOutageAsync(again.Json.GetProperty("id").GetString()!);
        Assert.Equal("succeeded", once.GetProperty("state").GetString());

        var jobs = (await client.GetAsync("api/jobs")).Json.GetProperty("data").EnumerateArray().ToList();
        Assert.Equal(3, jobs.Count);                                                        // none of the refused ones, and the last one once
        foreach (var job in jobs)
            Assert.Single((await client.EventsAsync(job.GetProperty("id").GetString()!)).Select(e => e.Name), "succeeded");
    }

    private static void AssertRefused(Answer answer)
    {
        Assert.True(answer.Status == HttpStatusCode.ServiceUnavailable, answer.ToString());
        Assert.Equal("database_unavailable", answer.ErrorCode);
        Assert.NotNull(answer.RetryAfter);
    }

    /// <summary>One connection's events, until it ends in whatever way.</summary>
    private static async IAsyncEnumerable<StreamEvent> ReadAsync(DirectClient client, string id, int after)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/jobs/{id}/events?previews=false");
        if (after > 0)
            request.Headers.Add("Last-Event-ID", after.ToString(CultureInfo.InvariantCulture));
        StringBuilder block = new();
        using var response = await OrNullAsync(client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
        if (response is null)
            yield break;
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        while (await OrNullAsync(reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask()) is { } line)
        {
            _ = block.Append(line).Append('\n');
            if (line.Length > 0)
                continue;
            if (StreamEvent.ParseOne(block.ToString()) is { } item)
                yield return item;
            _ = block.Clear();
        }
    }

    /// <summary>Null where the connection broke.</summary>
    private static async Task<T?> OrNullAsync<T>(Task<T> task)
        where T : class?
    {
        try
        {
            return await task;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return null;
        }
    }
}
