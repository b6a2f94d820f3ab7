using System.Text.Json;
using Gesso.Contracts.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace Gesso.Client.Tests.Ai;

public sealed class RemoteImageGeneratorTests
{
    private const string Pictures = ""","pictures":[{"id":"job_1-0","index":0,"seed":7,"media_type":"image/png","url":"/api/pictures/job_1-0/content?sig=1"}]""";

    private static readonly byte[] s_file = [1, 2, 3];

    private static Func<HttpContext, Task> Queued => Answer.Json("""{"id":"job_1","state":"queued"}""", 202);

    private static Func<HttpContext, Task> Succeeded => Answer.Events(Answer.State(1, "succeeded", "succeeded", Pictures));

    [Fact]
    public async Task Options_become_a_job_and_its_picture_the_answer()
    {
        await using var server = await ScriptedServer.StartAsync(Queued, Succeeded, Answer.Bytes(s_file, "image/png"));
        using var client = server.Client();
        using var generator = new RemoteImageGenerator(client, "gesso-mini");
        var options = new ImageGenerationOptions
        {
            Count = 2,
            ImageSize = new System.Drawing.Size(64, 32),
            MediaType = "image/webp",
            AdditionalProperties = new AdditionalPropertiesDictionary { ["seed"] = 7, ["steps"] = "9", ["guidance"] = 2.5f, ["negative_prompt"] = "fog", ["strength"] = JsonElement.Parse("0.5") },
        };

        var response = await generator.GenerateImagesAsync("an owl", options, TestContext.Current.CancellationToken);

        Assert.Equal(
            """{"prompt":"an owl","model":"gesso-mini","negative_prompt":"fog","size":"64x32","n":2,"seed":7,"steps":9,"guidance":2.5,"strength":0.5,"output_format":"webp"}""",
            server.Arrived[0].Body);
        var picture = Assert.IsType<DataContent>(Assert.Single(response.Contents));
        Assert.Equal(s_file, picture.Data.ToArray());
        Assert.Equal(7L, picture.AdditionalProperties!["seed"]);
        Assert.Equal("job_1", Assert.IsType<Job>(response.RawRepresentation).Id);
    }

    [Fact]
    public async Task An_original_image_is_uploaded_and_started_from()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json("""{"id":"abc"}""", 201), Queued, Succeeded, Answer.Bytes(s_file, "image/png"));
        using var client = server.Client();
        using var generator = new RemoteImageGenerator(client);

        await generator.EditImageAsync(new DataContent(s_file, "image/png"), "an owl", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(("/api/uploads", "image/png"), (server.Arrived[0].Path, server.Arrived[0].Headers["Content-Type"]));
        Assert.Equal("""{"prompt":"an owl","image":"abc"}""", server.Arrived[1].Body);
    }

    [Theory]
    [InlineData(ImageGenerationResponseFormat.Uri)]
    [InlineData(ImageGenerationResponseFormat.Hosted)]
    public async Task Pictures_can_stay_on_the_server(ImageGenerationResponseFormat format)
    {
        await using var server = await ScriptedServer.StartAsync(Queued, Succeeded);
        using var client = server.Client();
        using var generator = new RemoteImageGenerator(client);

        var content = Assert.Single((await generator.GenerateImagesAsync("an owl", new ImageGenerationOptions { ResponseFormat = format }, TestContext.Current.CancellationToken)).Contents);

        if (content is UriContent address)
            Assert.Equal(new Uri(server.Url, "/api/pictures/job_1-0/content?sig=1"), address.Uri);
        else
            Assert.Equal("job_1-0", Assert.IsType<HostedFileContent>(content).FileId);
    }

    [Fact]
    public async Task Whole_request_can_be_given_and_is_completed()
    {
        await using var server = await ScriptedServer.StartAsync(Queued, Succeeded, Answer.Bytes(s_file, "image/png"));
        using var client = server.Client();
        using var generator = new RemoteImageGenerator(client);
        var options = new ImageGenerationOptions { RawRepresentationFactory = _ => new JobRequest { TextLength = 64, Seed = 1 }, AdditionalProperties = new() { ["seed"] = 2L } };

        await generator.GenerateImagesAsync("an owl", options, TestContext.Current.CancellationToken);

        Assert.Equal("""{"prompt":"an owl","seed":2,"text_length":64}""", server.Arrived[0].Body);
    }

    public static TheoryData<object> Adapters => new()
    {
        "brand:0.8, ink",
        new[] { "brand:0.8", "ink" },
        new[] { new JobAdapter("brand", 0.8), new JobAdapter("ink") },
        JsonElement.Parse("\"brand:0.8,ink\""),
        JsonElement.Parse("""[{"name":"brand","weight":0.8},"ink"]"""),
    };

    [Theory]
    [MemberData(nameof(Adapters), DisableDiscoveryEnumeration = true)]
    public async Task Adapters_are_named_in_every_usual_form(object value)
    {
        await using var server = await ScriptedServer.StartAsync(Queued, Succeeded, Answer.Bytes(s_file, "image/png"));
        using var client = server.Client();
        using var generator = new RemoteImageGenerator(client);

        await generator.GenerateImagesAsync("an owl", new ImageGenerationOptions { AdditionalProperties = new() { ["adapters"] = value } }, TestContext.Current.CancellationToken);

        Assert.Equal("""{"prompt":"an owl","adapters":[{"name":"brand","weight":0.8},{"name":"ink","weight":1}]}""", server.Arrived[0].Body);
    }

    [Theory]
    [InlineData("adapters", 7, "bad_value")]
    [InlineData("seeds", 1, "unknown_field")]
    [InlineData("seed", "seven", "bad_value")]
    [InlineData("steps", 1e12, "bad_value")]
    public async Task Unknown_names_and_bad_values_are_told_before_anything_is_sent(string name, object value, string code)
    {
        await using var server = await ScriptedServer.StartAsync();
        using var client = server.Client();
        using var generator = new RemoteImageGenerator(client);

        var error = await Assert.ThrowsAsync<GessoException>(
            () => generator.GenerateImagesAsync("an owl", new ImageGenerationOptions { AdditionalProperties = new() { [name] = value } }, TestContext.Current.CancellationToken));

        Assert.Equal(code, error.Code);
        Assert.Contains($"\"{name}\"", error.Message, StringComparison.Ordinal);
        Assert.Empty(server.Arrived);
    }

    [Fact]
    public async Task Cancelling_the_call_cancels_the_job()
    {
        var watching = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync(
            Queued,
            async context =>
            {
                await Answer.Events(Answer.State(1, "running", "started"))(context);
                watching.SetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            },
            Answer.Json("""{"id":"job_1","state":"cancelled"}"""));
        using var client = server.Client();
        using var generator = new RemoteImageGenerator(client);
        using var stop = new CancellationTokenSource();

        var call = generator.GenerateImagesAsync("an owl", cancellationToken: stop.Token);
        await watching.Task;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal("/api/jobs/job_1/cancel", server.Arrived[^1].Path);
    }

    [Fact]
    public async Task Failed_job_is_an_exception_with_the_servers_words()
    {
        await using var server = await ScriptedServer.StartAsync(Queued, Answer.Events(Answer.State(1, "failed", "failed", ",\"error\":{\"code\":\"quarantined\",\"message\":\"Three workers died of it.\"}")));
        using var client = server.Client();
        using var generator = new RemoteImageGenerator(client);

        var error = await Assert.ThrowsAsync<GessoException>(() => generator.GenerateImagesAsync("an owl", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(("quarantined", "Three workers died of it."), (error.Code, error.Message));
    }

    [Fact]
    public void Services_name_the_server()
    {
        using var client = new GessoClient(new Uri("http://127.0.0.1:7860"), "gsk_test");
        using var generator = new RemoteImageGenerator(client, "gesso-mini");

        var metadata = generator.GetService<ImageGeneratorMetadata>();

        Assert.Equal(("gesso", new Uri("http://127.0.0.1:7860/"), "gesso-mini"), (metadata!.ProviderName, metadata.ProviderUri, metadata.DefaultModelId));
        Assert.Same(client, generator.GetService<GessoClient>());
        Assert.Same(generator, generator.GetService<IImageGenerator>());
        Assert.Null(generator.GetService(typeof(GessoClient), "other"));
    }
}
