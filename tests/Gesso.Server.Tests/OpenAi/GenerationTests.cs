using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Gesso.Server.Tests.OpenAi;

public sealed class GenerationTests(OneServer one)
{
    [Fact]
    public async Task Generation_answers_as_OpenAI_does()
    {
        using var client = one.Server.Client();

        using var response = await client.PostAsJsonAsync("/v1/images/generations", new { prompt = "a lighthouse", n = 2, size = "512x512", gesso = new { seed = 7 } });

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("512x512", json.GetProperty("size").GetString());
        Assert.Equal("png", json.GetProperty("output_format").GetString());
        Assert.Equal(2, json.GetProperty("data").GetArrayLength());
        Assert.Equal(8, json.GetProperty("data")[1].GetProperty("gesso").GetProperty("seed").GetInt64());
        Assert.Equal(2 * 32 * 32, json.GetProperty("usage").GetProperty("output_tokens").GetInt64());
    }
}
