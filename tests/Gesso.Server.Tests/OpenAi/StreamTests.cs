using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.OpenAi;

public sealed class StreamTests(OneServer one)
{
    private const string Path = "/v1/images/generations";

    [Fact]
    public async Task Stream_shows_previews_and_then_the_picture()
    {
        using var client = one.Server.Client();

        var events = await EventsAsync(client, Calls.Json("""{"prompt":"x","model":"slow","stream":true,"partial_images":2,"size":"64x64"}"""));

        Assert.Equal(["image_generation.partial_image", "image_generation.partial_image", "image_generation.completed"], events.Select(e => e.Type));
        Assert.Equal(events.Select(e => e.Type), events.Select(e => e.Data.GetProperty("type").GetString()));
        Assert.Equal([0, 1], events[..2].Select(e => e.Data.GetProperty("partial_image_index").GetInt32()));
        Assert.All(events, e => Assert.Equal(new Contracts.Images.ImageSize(8, 8), TestPictures.SizeOf(e.Data.GetProperty("b64_json").GetBytesFromBase64())));
        Assert.All(events, e => Assert.Equal("64x64", e.Data.GetProperty("size").GetString()));
        Assert.Equal("jpeg", events[0].Data.GetProperty("output_format").GetString());
        Assert.Equal(16, events[2].Data.GetProperty("usage").GetProperty("output_tokens").GetInt64());
    }

    [Fact]
    public async Task Stream_of_several_pictures_completes_each()
    {
        using var client = one.Server.Client();

        var events = await EventsAsync(client, Calls.Json("""{"prompt":"x","n":3,"stream":true,"gesso":{"seed":5}}"""));

        Assert.Equal([0, 1, 2], events.Select(e => e.Data.GetProperty("index").GetInt32()));
        Assert.Equal([5, 6, 7], events.Select(e => e.Data.GetProperty("gesso").GetProperty("seed").GetInt64()));
        Assert.All(events, e => Assert.Equal("image_generation.completed", e.Type));
    }

    [Fact]
    public async Task Stream_of_an_edit_has_events_of_its_own()
    {
        using var client = one.Server.Client();

        var events = await EventsAsync(client, Calls.Form(("prompt", "x"), ("image", TestPictures.Png(64, 64)), ("stream", "true")), "/v1/images/edits");

        Assert.Equal("image_edit.completed", Assert.Single(events).Type);
    }

    [Fact]
    public async Task Refusal_before_the_stream_is_an_ordinary_error()
    {
        using var client = one.Server.Client();

        (await client.PostJsonAsync(Path, """{"prompt":"x","stream":true,"n":0}""")).Refused(HttpStatusCode.BadRequest, "invalid_value", "n", "got 0");
    }

    [Fact]
    public async Task Failure_within_the_stream_is_an_error_event()
    {
        using var client = one.Server.Client();

        // its deadline passes while it is drawn
        string body = $$$"""{"prompt":"x","model":"{{{ServerFixtureOptions.Endless}}}","stream":true,"gesso":{"deadline_seconds":0.3}}""";
        var events = await EventsAsync(client, Calls.Json(body));

        var last = Assert.Single(events);
        Assert.Equal("error", last.Type);
        Assert.Equal("deadline_exceeded", last.Data.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Stream_whose_reader_leaves_cancels_its_job()
    {
        using var client = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_leaver"));
        string body = $$"""{"prompt":"x","model":"{{ServerFixtureOptions.Endless}}","stream":true}""";
        using (var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = Calls.Json(body) })
        using (await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
        }

        await OneJobBecomesAsync(client, "cancelled");
    }

    [Fact]
    public async Task Caller_who_hangs_up_cancels_the_job_unless_it_has_an_idempotency_key()
    {
        using var client = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_hangs_up"));
        using var keeper = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_keeps"));
        string body = $$"""{"prompt":"x","model":"{{ServerFixtureOptions.Endless}}"}""";

        await HangUpAsync(client, body);
        await HangUpAsync(keeper, body, ("Idempotency-Key", "mine"));

        await OneJobBecomesAsync(client, "cancelled");
        var kept = (await keeper.ReadAsync("/api/jobs"))["data"][0];
        Assert.Contains(kept.GetProperty("state").GetString(), (string[])["queued", "running"]);
        await keeper.PostAsync($"/api/jobs/{kept.GetProperty("id").GetString()}/cancel");
    }

    private static async Task HangUpAsync(HttpClient client, string body, params (string, string)[] headers)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, Path) { Content = Calls.Json(body) };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using CancellationTokenSource end = new();
        var answer = client.SendAsync(request, end.Token);
        while ((await client.ReadAsync("/api/jobs"))["data"].GetArrayLength() == 0)
            await Task.Delay(20, CancellationToken.None);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    private static async Task OneJobBecomesAsync(HttpClient client, string state)
    {
        string id = (await client.ReadAsync("/api/jobs"))["data"][0].GetProperty("id").GetString()!;
        await client.UntilAsync(id, state);
    }

    private static async Task<List<(string Type, JsonElement Data)>> EventsAsync(HttpClient client, HttpContent body, string path = Path)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = body };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        List<(string, JsonElement)> events = [];
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
            events.Add((item.EventType, JsonDocument.Parse(item.Data).RootElement));
        return events;
    }
}
