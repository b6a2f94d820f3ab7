using System.Net;
using System.Net.ServerSentEvents;
using Gesso.Server.Hosting;
using Gesso.Testing;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Jobs;

/// <summary>
/// Two servers on one database: what one draws, the other one's callers wait for. Nothing is announced between them, everything goes through the store.
/// </summary>
public sealed class TwoServersTests : IAsyncLifetime
{
    private const string Model = "shared";

    private readonly TestFolder _folder = new();
    private ServerFixture _drawing = null!;
    private ServerFixture _asked = null!;

    public async ValueTask InitializeAsync()
    {
        _drawing = await StartAsync(new ModelOptions { Engine = "null", NullSteps = 8, NullStepMilliseconds = 25 });
        _asked = await StartAsync(new ModelOptions());
    }

    public async ValueTask DisposeAsync()
    {
        await _asked.DisposeAsync();
        await _drawing.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Caller_gets_what_another_server_drew()
    {
        using var client = _asked.Client(_drawing.Key);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => client.PostJsonAsync("/v1/images/generations", new { prompt = "x", n = 2, gesso = new { seed = i } })));

        Assert.All(answers.Index(), a => Assert.Equal([a.Index, a.Index + 1], Seeds(a.Item.Expect(HttpStatusCode.OK))));

        static IEnumerable<int> Seeds(Answer answer) => answer["data"].EnumerateArray().Select(d => d.GetProperty("gesso").GetProperty("seed").GetInt32());
    }

    [Fact]
    public async Task Previews_come_from_another_server()
    {
        using var client = _asked.Client(_drawing.Key);
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/images/generations") { Content = Calls.Json("""{"prompt":"x","stream":true,"partial_images":2}""") };

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        List<string> types = [];
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
            types.Add(item.EventType);
        Assert.Equal(["image_generation.partial_image", "image_generation.partial_image", "image_generation.completed"], types);
    }

    [Fact]
    public async Task Cancel_reaches_the_server_that_draws()
    {
        using var client = _asked.Client(_drawing.Key);
        string id = (await client.PostJsonAsync("/api/jobs", new { prompt = "x", n = 10 })).String("id")!;
        await client.UntilAsync(id, "running");

        await client.PostAsync($"/api/jobs/{id}/cancel");
        int pictures = (await client.ReadAsync($"/api/jobs/{id}"))["pictures"].GetArrayLength();

        using var other = _drawing.Client();
        var job = await other.UntilAsync(id, "cancelled");
        Assert.Equal(pictures, job["pictures"].GetArrayLength());
    }

    private Task<ServerFixture> StartAsync(ModelOptions model) => ServerFixture.StartAsync(new ServerFixtureOptions
    {
        Data = _folder.Path,
        Options = o => o with { Models = new Dictionary<string, ModelOptions> { [Model] = model }, DefaultModel = Model },
    });
}
