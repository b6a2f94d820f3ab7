using System.Net;
using System.Text.Json;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Jobs;

/// <summary>Text in requests: what is laid in by default, what is kept, what is refused before there is a job.</summary>
public sealed class TextTests(PaintingServer painting) : IClassFixture<PaintingServer>
{
    private const string Document = """{"layers":[{"id":"title","text":"HI","role":"title","region":{"box":[4,4,56,28]},"align":"center"}]}""";

    private readonly ServerFixture _server = painting.Server;

    [Theory]
    [InlineData("A poster with the title \"HI\"", "", "\"auto\"")]
    [InlineData("A poster with the title “HI”", ",\"text\":\"auto\"", "\"auto\"")]
    [InlineData("A poster with the title \"HI\"", ",\"text\":true", "\"auto\"")]
    [InlineData("A poster with the title \"HI\"", ",\"text\":null", "\"auto\"")]
    [InlineData("A poster with the title \"HI\"", ",\"text\":false", "false")]
    [InlineData("A poster", "", "false")]
    [InlineData("A poster of a dog's life", ",\"text\":\"auto\"", "false")]
    [InlineData("A poster with the title \"HI\"", ",\"text\":" + Document, Document)]
    public async Task Quoted_words_are_laid_in_unless_the_request_says_otherwise(string prompt, string text, string shown)
    {
        using var client = _server.Client();

        var answer = (await client.PostJsonAsync("/api/jobs", $$"""{"prompt":{{JsonSerializer.Serialize(prompt)}},"model":"painter"{{text}}}""")).Expect(HttpStatusCode.Accepted);

        Assert.Equal(shown, answer["request"].GetProperty("text").GetRawText());
        var job = await FindAsync(answer.String("id")!);
        Assert.Equal(prompt, job.Work.Prompt);
        Assert.Equal(shown switch { "false" => null, "\"auto\"" => new TextUse(), _ => new TextUse(Document) }, job.Work.Text);
        var again = (await client.PostJsonAsync("/api/jobs", answer["request"].GetRawText())).Expect(HttpStatusCode.Accepted);
        Assert.Equal(answer["request"].GetRawText(), again["request"].GetRawText());
    }

    [Fact]
    public async Task Openai_takes_the_document_in_its_object_as_json_or_as_text()
    {
        using var client = _server.Client();
        foreach (object text in (object[])[JsonDocument.Parse(Document).RootElement, Document])
        {
            var answer = (await client.PostJsonAsync("/v1/images/generations", new { prompt = "x", model = "instant", gesso = new { text } })).Expect(HttpStatusCode.OK);
            Assert.Equal(new TextUse(Document), (await NewestAsync()).Work.Text);
            Assert.Equal("gesso.text: instant draws nothing, so it has no effect.", answer["gesso"].GetProperty("warnings")[0].GetString());
        }
    }

    [Theory]
    [InlineData("""{"layers":[{"id":"a","text":"x"}]}""", "bad_text_document", "layers[0].region")]
    [InlineData("""{"layers":[{"id":"a","text":"x","region":{"box":[0,0,9]}}]}""", "bad_text_document", "layers[0]")]
    [InlineData("""{"layer":[]}""", "bad_text_document", "layer")]
    [InlineData("""{"layers":[{"id":"a","text":"𒀀","region":{"box":[0,0,64,64]}}]}""", "missing_glyph", "No font has U+12000")]
    [InlineData("""{"layers":[{"id":"a","text":"far too many words","size":40,"region":{"box":[0,0,64,64]}}]}""", "text_overflow", "layer \"a\"")]
    [InlineData("""{"layers":[{"id":"a","text":"x","region":{"box":[0,0,64,64]},"font":{"families":["Nto Sans"]}}]}""", "font_not_found", "Noto Sans")]
    [InlineData("""{"layers":[{"id":"a","text":"x","region":{"box":[0,0,64,64]},"font":{"families":["/etc/fonts/a.ttf"]}}]}""", "font_by_file", "expected the name of a family")]
    [InlineData("""{"canvas":"100x50","layers":[{"id":"a","text":"x","region":{"box":[0,0,64,48]}}]}""", "canvas_mismatch", "100x50")]
    public async Task Document_that_cannot_be_laid_is_refused_before_there_is_a_job(string document, string code, string words)
    {
        using var client = _server.Client();
        var before = await NewestAsync();

        (await client.PostJsonAsync("/v1/images/generations", $$$"""{"prompt":"x","model":"painter","gesso":{"text":{{{document}}}}}"""))
            .Refused(HttpStatusCode.BadRequest, code, "gesso.text", words);

        Assert.Equal(before.Id, (await NewestAsync()).Id);
    }

    [Theory]
    [InlineData("a sign that says \"𒀀\"", "missing_glyph", "U+12000")]
    [InlineData("a sign that says \"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft\"", "text_overflow", "64x64")]
    public async Task Quoted_words_that_cannot_be_laid_are_refused_with_the_way_out(string prompt, string code, string words)
    {
        using var client = _server.Client();

        var answer = await client.PostJsonAsync("/v1/images/generations", new { prompt, model = "painter" });

        answer.Refused(HttpStatusCode.BadRequest, code, "prompt", words);
        Assert.Contains("with gesso.text false, the prompt is drawn as it is", answer.Message, StringComparison.Ordinal);
        (await client.PostJsonAsync("/api/jobs", new { prompt, model = "painter", text = false })).Expect(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Document_that_is_too_long_is_counted_and_not_repeated()
    {
        using var client = _server.Client();

        string text = """{"layers":[{"id":"a","text":"…","region":{"box":[0,0,64,64]}}]}""".Replace("…", new string('x', 32_000), StringComparison.Ordinal);
        var answer = await client.PostJsonAsync("/api/jobs", $$$"""{"prompt":"x","model":"painter","text":{{{text}}}}""");

        answer.Refused(HttpStatusCode.BadRequest, "string_above_max_length", "text", "at most 32000 characters");
        Assert.DoesNotContain("xxxx", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_of_the_old_dialect_get_their_prompt_drawn_as_it_is()
    {
        using var client = _server.Client();

        _ = await client.PostJsonAsync("/sdapi/v1/txt2img", new { prompt = "she says \"HI\"", override_settings = new { sd_model_checkpoint = "instant" } });

        Assert.Null((await NewestAsync()).Work.Text);
    }

    [Fact]
    public async Task Retried_job_keeps_its_text()
    {
        using var client = _server.Client();
        var first = (await client.PostJsonAsync("/api/jobs", $$$"""{"prompt":"x","model":"painter","text":{{{Document}}}}""")).Expect(HttpStatusCode.Accepted);
        _ = await client.PostJsonAsync($"/api/jobs/{first.String("id")}/cancel", "{}");

        var again = (await client.PostJsonAsync($"/api/jobs/{first.String("id")}/retry", "{}")).Expect(HttpStatusCode.Accepted);

        Assert.Equal(Document, again["request"].GetProperty("text").GetRawText());
    }

    private async Task<Job> FindAsync(string id) => (await _server.Stores.Jobs.FindAsync(null, new JobId(id), TestContext.Current.CancellationToken))!;

    private async Task<Job> NewestAsync()
    {
        var found = await _server.Stores.Jobs.ListAsync(new JobQuery(null, [], null, null, 1), TestContext.Current.CancellationToken);
        return found.Count > 0 ? found[0] : new Job
        {
            Id = new JobId("none"),
            Tenant = TenantId.Default,
            Key = new ApiKeyId("none"),
            Work = new ImageJob { Model = "", Prompt = "", Seed = 0 },
            State = JobState.Queued,
            Priority = 0,
            Attempt = 0,
            Crashes = 0,
            Beat = 0,
            Created = default,
            EstimatedSeconds = 0,
            DeviceSeconds = 0,
            LastEvent = 0,
        };
    }
}
