using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Gesso.Testing;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Native;

public sealed class EventTests(OneServer one)
{
    [Fact]
    public async Task Events_tell_the_whole_life_of_a_job()
    {
        using var client = one.Server.Client();
        string id = await SubmitAsync(client, ServerFixtureOptions.Slow, n: 2);

        var events = await ReadAsync(client, id);

        var stored = events.Where(e => e.Id is not null).ToList();
        Assert.Equal(["queued", "started", "picture", "picture", "succeeded"], stored.Select(NameOf));
        Assert.Equal(["1", "2", "3", "4", "5"], stored.Select(e => e.Id));
        Assert.Equal([$"{id}-0", $"{id}-1"], stored.Where(e => e.Type == "picture").Select(e => e.Data.GetProperty("id").GetString()));
        var progress = events.Where(e => e.Type == "progress").Select(e => e.Data).ToList();
        Assert.NotEmpty(progress);
        Assert.Equal(progress.Select(p => p.GetProperty("fraction").GetDouble()).Order(), progress.Select(p => p.GetProperty("fraction").GetDouble()));
        Assert.Contains(progress, p => p.GetProperty("preview").GetString() is { } preview && preview.StartsWith("data:image/jpeg;base64,", StringComparison.Ordinal));
        Assert.All(progress, p => Assert.Equal((10, 2), (p.GetProperty("steps").GetInt32(), p.GetProperty("images").GetInt32())));
    }

    [Fact]
    public async Task Previews_are_left_out_when_not_wanted()
    {
        using var client = one.Server.Client();
        string id = await SubmitAsync(client, ServerFixtureOptions.Slow);

        var events = await ReadAsync(client, id, "?previews=false");

        Assert.All(events.Where(e => e.Type == "progress"), e => Assert.Equal(JsonValueKind.Null, e.Data.GetProperty("preview").ValueKind));
    }

    [Fact]
    public async Task Reader_that_comes_back_goes_on_where_it_was()
    {
        using var client = one.Server.Client();
        string id = await SubmitAsync(client, ServerFixtureOptions.Slow, n: 2);

        var seen = await ReadAsync(client, id, until: e => e.Type == "picture");
        string last = seen.Last(e => e.Id is not null).Id!;
        var rest = await ReadAsync(client, id, headers: ("Last-Event-ID", last));
        var again = await ReadAsync(client, id, $"?last_event_id={last}");

        Assert.Equal("3", last);
        Assert.Equal(["picture", "succeeded"], rest.Where(e => e.Id is not null).Select(NameOf));
        Assert.Equal(["picture", "succeeded"], again.Where(e => e.Id is not null).Select(NameOf));
    }

    [Fact]
    public async Task Reader_that_has_seen_the_end_is_told_not_to_come_back()
    {
        using var client = one.Server.Client();
        string id = await SubmitAsync(client, ServerFixtureOptions.Instant);
        await client.UntilAsync(id, "succeeded");

        Assert.Equal(4, (await ReadAsync(client, id)).Count(e => e.Id is not null));
        (await client.ReadAsync($"/api/jobs/{id}/events", ("Last-Event-ID", "4"))).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Many_watchers_see_the_same()
    {
        using var client = one.Server.Client();
        string id = await SubmitAsync(client, ServerFixtureOptions.Slow, n: 2);

        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ReadAsync(client, id, headers: ("Last-Event-ID", $"{i % 3}"))));

        Assert.All(all.Index(), watcher => Assert.Equal(
            ((string[])["queued", "started", "picture", "picture", "succeeded"])[(watcher.Index % 3)..], watcher.Item.Where(e => e.Id is not null).Select(NameOf)));
    }

    [Fact]
    public async Task Cancel_ends_the_events()
    {
        using var client = one.Server.Client();
        string id = await SubmitAsync(client, ServerFixtureOptions.Endless);
        var reading = ReadAsync(client, id);
        await client.UntilAsync(id, "running");

        await client.PostAsync($"/api/jobs/{id}/cancel");

        var last = (await reading)[^1];
        Assert.Equal(("cancelled", "cancelled"), (NameOf(last), last.Data.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Waiting_job_tells_its_place_and_that_it_moved()
    {
        await using var server = await ServerFixture.StartAsync(new ServerFixtureOptions { Options = JobTests.WithoutWorkers });
        using var client = server.Client();
        string first = await SubmitAsync(client, null), second = await SubmitAsync(client, null);
        var reading = ReadAsync(client, second, until: e => e.Type == "place" && e.Data.GetProperty("position").GetInt64() == 0);

        await Task.Delay(50);
        await client.PostAsync($"/api/jobs/{first}/cancel");

        Assert.Equal([1L, 0L], (await reading).Where(e => e.Type == "place").Select(e => e.Data.GetProperty("position").GetInt64()));
    }

    [Fact]
    public async Task Server_that_stops_tells_readers_to_come_back_and_the_next_one_goes_on()
    {
        using TestFolder folder = new();
        ServerFixtureOptions setup = new() { Data = folder.Path };
        string key, id;
        Task<string> stream;
        using HttpClient client = new();
        await using (var server = await ServerFixture.StartAsync(setup))
        {
            key = server.Key;
            client.BaseAddress = server.Url;
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);
            id = await SubmitAsync(client, ServerFixtureOptions.Slow, n: 3);
            await client.UntilAsync(id, "running");
            stream = client.GetStringAsync($"/api/jobs/{id}/events");
            await Task.Delay(100);
        }
        Assert.EndsWith("retry: 1000\n\n", await stream, StringComparison.Ordinal);

        await using var next = await ServerFixture.StartAsync(setup);
        using var reader = next.Client(key);
        var events = await ReadAsync(reader, id);

        string[] names = [.. events.Where(e => e.Id is not null).Select(NameOf)];
        Assert.Equal(("queued", "succeeded"), (names[0], names[^1]));
        Assert.Contains("returned", names);
        Assert.Equal(3, names.Count(n => n == "picture"));
        Assert.Equal(Enumerable.Range(1, names.Length).Select(i => $"{i}"), events.Where(e => e.Id is not null).Select(e => e.Id));
    }

    [Fact]
    public async Task Reader_that_does_not_read_holds_nobody_up()
    {
        using var client = one.Server.Client();
        string id = await SubmitAsync(client, ServerFixtureOptions.Slow, n: 3);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/jobs/{id}/events");
        using var asleep = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        var events = await ReadAsync(client, id);

        Assert.Equal("succeeded", NameOf(events[^1]));
        // and it finds everything that counts when it wakes up
        string text = await asleep.Content.ReadAsStringAsync();
        Assert.Equal(6, text.Split("\nid: ").Length - 1);
    }

    private static string NameOf((string Type, string? Id, JsonElement Data) e) => e.Type == "state" ? e.Data.GetProperty("event").GetString()! : e.Type;

    private static async Task<string> SubmitAsync(HttpClient client, string? model, int n = 1) =>
        (await client.PostJsonAsync("/api/jobs", new { prompt = "x", model, n })).Expect(HttpStatusCode.Accepted).String("id")!;

    private static async Task<List<(string Type, string? Id, JsonElement Data)>> ReadAsync(
        HttpClient client, string job, string query = "", Func<(string Type, JsonElement Data), bool>? until = null, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"/api/jobs/{job}/events{query}");
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        List<(string, string?, JsonElement)> events = [];
        using var stream = await response.Content.ReadAsStreamAsync();
        var parser = SseParser.Create(stream);
        string seen = "";
        await foreach (var item in parser.EnumerateAsync())
        {
            // the parser remembers the last id for events without one
            bool isNew = parser.LastEventId != seen;
            seen = parser.LastEventId;
            var data = JsonDocument.Parse(item.Data).RootElement;
            events.Add((item.EventType, isNew ? parser.LastEventId : null, data));
            if (until?.Invoke((item.EventType, data)) ?? false)
                break;
        }
        return events;
    }
}
