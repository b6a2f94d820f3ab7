using System.Net;
using System.Text.Json;

namespace Gesso.Server.Tests.OpenAi;

public sealed class GenerationTests(OneServer one)
{
    private const string Path = "/v1/images/generations";

    [Fact]
    public async Task Generation_answers_as_OpenAI_does()
    {
        using var client = one.Server.Client();

        var answer = (await client.PostJsonAsync(Path, new { prompt = "a lighthouse", n = 2, size = "512x512", gesso = new { seed = 7 } })).Expect(HttpStatusCode.OK);

        Assert.Equal(("512x512", "png", "medium", "opaque"), (answer.String("size"), answer.String("output_format"), answer.String("quality"), answer.String("background")));
        Assert.Equal([7, 8], answer["data"].EnumerateArray().Select(d => d.GetProperty("gesso").GetProperty("seed").GetInt64()));
        Assert.Equal(2 * 32 * 32, answer["usage"].GetProperty("output_tokens").GetInt64());
        Assert.All(answer["data"].EnumerateArray(), d => Assert.True(TestPictures.SizeOf(d.GetProperty("b64_json").GetBytesFromBase64()).Width > 0));
        Assert.Empty(answer["gesso"].GetProperty("warnings").EnumerateArray());
        Assert.NotEmpty(answer.Headers.GetValues("x-request-id"));
    }

    [Theory]
    [InlineData("jpeg", "image/jpeg")]
    [InlineData("webp", "image/webp")]
    public async Task Output_format_is_that_of_the_file(string format, string type)
    {
        using var client = one.Server.Client();

        var answer = (await client.PostJsonAsync(Path, new { prompt = "a lighthouse", output_format = format, output_compression = 0 })).Expect(HttpStatusCode.OK);

        byte[] file = answer["data"][0].GetProperty("b64_json").GetBytesFromBase64();
        Assert.Equal(type, Server.Pictures.PictureHeader.Read(file, out _)!.MediaType);
    }

    [Fact]
    public async Task Url_shows_the_picture_without_a_key()
    {
        using var client = one.Server.Client();
        using var stranger = one.Server.Client("");

        var answer = (await client.PostJsonAsync(Path, new { prompt = "a lighthouse", response_format = "url" })).Expect(HttpStatusCode.OK);

        var data = answer["data"][0];
        Assert.False(data.TryGetProperty("b64_json", out _));
        Assert.NotEmpty(await stranger.GetByteArrayAsync(data.GetProperty("url").GetString()));
    }

    [Theory]
    [InlineData("low", "low", 2)]
    [InlineData("auto", "medium", null)]
    [InlineData("standard", "medium", null)]
    [InlineData("hd", "high", 6)]
    [InlineData("max", "max", 8)]
    public async Task Quality_becomes_steps(string quality, string used, int? steps)
    {
        using var client = one.Server.Client();

        var answer = (await client.PostJsonAsync(Path, new { prompt = "a lighthouse", quality })).Expect(HttpStatusCode.OK);

        Assert.Equal(used, answer.String("quality"));
        var job = await client.ReadAsync($"/api/jobs/{answer["gesso"].GetProperty("job").GetString()}");
        var asked = job["request"].GetProperty("steps");
        Assert.Equal(steps, asked.ValueKind == JsonValueKind.Null ? null : asked.GetInt32());
    }

    [Fact]
    public async Task Steps_of_ones_own_win_over_quality()
    {
        using var client = one.Server.Client();

        var answer = (await client.PostJsonAsync(Path, new { prompt = "a lighthouse", quality = "high", gesso = new { steps = 3 } })).Expect(HttpStatusCode.OK);

        Assert.Equal("auto", answer.String("quality"));
        Assert.Contains("gesso.steps", answer["gesso"].GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(3, (await client.ReadAsync($"/api/jobs/{answer["gesso"].GetProperty("job").GetString()}"))["request"].GetProperty("steps").GetInt32());
    }

    [Fact]
    public async Task What_has_no_effect_is_told()
    {
        using var client = one.Server.Client();

        var answer = (await client.PostJsonAsync(Path, new
        {
            prompt = "a lighthouse",
            size = "100x90",
            complexity = "high",
            partial_images = 2,
            output_compression = 50,
            moderation = "low",
            user = "u",
            safety_identifier = "s",
            style = "vivid",
        })).Expect(HttpStatusCode.OK);

        string[] warnings = [.. answer["gesso"].GetProperty("warnings").EnumerateArray().Select(w => w.GetString()!)];
        Assert.Equal(["complexity:", "output_compression:", "partial_images:", "size:"], warnings.Select(w => w.Split(' ')[0]).Order());
        Assert.Equal("96x80", answer.String("size"));
    }

    [Fact]
    public async Task Body_in_UTF8_keeps_every_character()
    {
        using var client = one.Server.Client();
        const string Prompt = "灯台 🗼 \u0000 \\ \"x\" é";

        var answer = (await client.PostJsonAsync(Path, new { prompt = Prompt })).Expect(HttpStatusCode.OK);

        Assert.Equal(Prompt, (await client.ReadAsync($"/api/jobs/{answer["gesso"].GetProperty("job").GetString()}")).String("prompt"));
    }
}
