using System.Net;
using Gesso.Server.Hosting;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.OpenAi;

/// <summary>Bodies as real clients build them, against models under the names those clients have built in.</summary>
public sealed class ClientShapeTests : IAsyncLifetime
{
    private ServerFixture _server = null!;

    public async ValueTask InitializeAsync() => _server = await ServerFixture.StartAsync(new ServerFixtureOptions
    {
        Options = o => o with { Models = new Dictionary<string, ModelOptions> { ["instant"] = new() { Engine = "null", Aliases = ["dall-e-2", "dall-e-3", "gpt-image-1"] } } },
    });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("Open WebUI", """{"model":"gpt-image-1","prompt":"a cat","n":1,"size":"512x512","response_format":"b64_json"}""", false)]
    [InlineData("LibreChat, DALL-E", """{"model":"dall-e-3","quality":"standard","style":"vivid","size":"1024x1024","prompt":"a cat","n":1}""", true)]
    [InlineData("LibreChat, image tool", """{"model":"gpt-image-1","prompt":"a cat","n":1,"background":"auto","output_compression":100,"output_format":"png","quality":"auto","size":"auto"}""", false)]
    [InlineData("n8n", """{"prompt":"a cat","model":"dall-e-2","response_format":"b64_json","n":1,"size":"1024x1024"}""", false)]
    [InlineData("n8n, text fields", """{"prompt":"a cat","model":"gpt-image-1","n":"1","size":"1024x1024","quality":"medium"}""", false)]
    [InlineData("SillyTavern", """{"prompt":"a cat","model":"dall-e-3","size":"1792x1024","n":1,"quality":"hd","style":"natural","response_format":"b64_json"}""", false)]
    [InlineData("AI SDK", """{"model":"gpt-image-1","prompt":"a cat","n":1,"size":"1024x1536","response_format":"b64_json","user":"u"}""", false)]
    public async Task Client_gets_the_picture_where_it_looks_for_it(string client, string body, bool asUrl)
    {
        Assert.NotEmpty(client);
        using var http = _server.Client();

        var answer = (await http.PostJsonAsync("/v1/images/generations", body)).Expect(HttpStatusCode.OK);

        var data = answer["data"][0];
        byte[] file = asUrl ? await http.GetByteArrayAsync(data.GetProperty("url").GetString()) : data.GetProperty("b64_json").GetBytesFromBase64();
        Assert.True(TestPictures.SizeOf(file).Width > 0);
        Assert.Empty(answer["gesso"].GetProperty("warnings").EnumerateArray());
    }

    [Fact]
    public async Task LibreChat_edits_with_a_list_of_files()
    {
        using var http = _server.Client();

        var answer = await http.SendAsync(HttpMethod.Post, "/v1/images/edits", Calls.Form(
            ("model", "gpt-image-1"), ("prompt", "a hat"), ("quality", "auto"), ("size", "auto"), ("image[]", TestPictures.Webp(64, 64))));

        Assert.NotEmpty(answer.Expect(HttpStatusCode.OK)["data"][0].GetProperty("b64_json").GetBytesFromBase64());
    }

    [Fact]
    public async Task Azure_header_carries_the_key()
    {
        using var http = _server.Client("");

        (await http.PostJsonAsync("/v1/images/generations", new { prompt = "x" }, ("api-key", _server.Key))).Expect(HttpStatusCode.OK);
    }
}
