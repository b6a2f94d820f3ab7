using System.Net;
using System.Text;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.OpenAi;

/// <summary>What is answered when a request is wrong: each names the field, what was expected and what came.</summary>
public sealed class RefusalTests(OneServer one)
{
    private const string Path = "/v1/images/generations";

    [Theory]
    [InlineData("""{}""", "prompt", "missing_required_parameter", "prompt: expected text of at most 32000 characters, got nothing")]
    [InlineData("""{"prompt":null}""", "prompt", "missing_required_parameter", "got nothing")]
    [InlineData("""{"prompt":7}""", "prompt", "invalid_type", "prompt: expected text of at most 32000 characters, got 7")]
    [InlineData("""{"prompt":"x","n":0}""", "n", "invalid_value", "n: expected a whole number from 1 to 10, got 0")]
    [InlineData("""{"prompt":"x","n":1.5}""", "n", "invalid_type", "got 1.5")]
    [InlineData("""{"prompt":"x","n":"many"}""", "n", "invalid_type", "got \"many\"")]
    [InlineData("""{"prompt":"x","n":99999999999999999999}""", "n", "invalid_type", "n: expected a whole number from 1 to 10")]
    [InlineData("""{"prompt":"x","size":"big"}""", "size", "invalid_value", "size: expected auto or WIDTHxHEIGHT such as 1024x1024, got \"big\"")]
    [InlineData("""{"prompt":"x","size":"8x8"}""", "size", "invalid_value", "size: expected sides from 16 to 8192 pixels, got 8x8")]
    [InlineData("""{"prompt":"x","size":"8192x8192"}""", "size", "invalid_value", "size: expected at most 16777216 pixels, got 8192x8192")]
    [InlineData("""{"prompt":"x","quality":"best"}""", "quality", "invalid_value", "quality: expected one of auto, low, medium, high, standard, hd, xhigh, max, got \"best\"")]
    [InlineData("""{"prompt":"x","background":"transparent"}""", "background", "unsupported_value", "background: expected opaque or auto, got \"transparent\"")]
    [InlineData("""{"prompt":"x","output_format":"gif"}""", "output_format", "invalid_value", "expected one of png, jpeg, webp, got \"gif\"")]
    [InlineData("""{"prompt":"x","output_compression":101}""", "output_compression", "invalid_value", "expected a whole number from 0 to 100, got 101")]
    [InlineData("""{"prompt":"x","stream":"maybe"}""", "stream", "invalid_type", "stream: expected true or false, got \"maybe\"")]
    [InlineData("""{"prompt":"x","partial_images":4}""", "partial_images", "invalid_value", "from 0 to 3, got 4")]
    [InlineData("""{"prompt":"x","response_format":"file"}""", "response_format", "invalid_value", "one of b64_json, url")]
    [InlineData("""{"prompt":"x","gesso":3}""", "gesso", "invalid_type", "gesso: expected an object with seed, steps")]
    [InlineData("""{"prompt":"x","gesso":{"sed":1}}""", "gesso.sed", "unknown_parameter", "gesso.sed: there is no such parameter; there are gesso.seed, gesso.steps")]
    [InlineData("""{"prompt":"x","gesso":{"seed":-1}}""", "gesso.seed", "invalid_value", "gesso.seed: expected a whole number from 0 to 9223372036854775807, got -1")]
    [InlineData("""{"prompt":"x","gesso":{"steps":201}}""", "gesso.steps", "invalid_value", "gesso.steps: expected a whole number from 1 to 200, got 201")]
    [InlineData("""{"prompt":"x","gesso":{"guidance":1e999}}""", "gesso.guidance", "invalid_type", "gesso.guidance: expected a number from 0 to 100")]
    [InlineData("""{"prompt":"x","gesso":{"true_guidance":0.5}}""", "gesso.true_guidance", "invalid_value", "expected a number from 1 to 100, got 0.5")]
    [InlineData("""{"prompt":"x","gesso":{"strength":0.5}}""", "gesso.strength", "strength_without_image", "expected a picture to draw on beside it, got 0.5")]
    [InlineData("""{"prompt":"x","gesso":{"sampler":"ddim"}}""", "gesso.sampler", "invalid_value", "expected one of euler, euler-ancestral, dpmpp-2m, unipc, got \"ddim\"")]
    [InlineData("""{"prompt":"x","gesso":{"parity":"a"}}""", "gesso.parity", "invalid_value", "expected one of diffusers, bfl, comfy")]
    [InlineData("""{"prompt":"x","gesso":{"text_length":0}}""", "gesso.text_length", "invalid_value", "from 1 to 4096, got 0")]
    [InlineData("""{"prompt":"x","gesso":{"priority":11}}""", "gesso.priority", "invalid_value", "from -10 to 10, got 11")]
    [InlineData("""{"prompt":"x","gesso":{"deadline_seconds":0}}""", "gesso.deadline_seconds", "invalid_value", "a number above 0 up to 604800, got 0")]
    [InlineData("""{"prompt":"x","gesso":{"text":[{"x":1}]}}""", "gesso.text", "invalid_type", "gesso.text: expected a text document (an object with layers), \"auto\" or false, got [{\"x\":1}]")]
    [InlineData("""{"prompt":"x","gesso":{"text":"a"}}""", "gesso.text", "invalid_type", "\"auto\" or false, got \"a\"")]
    [InlineData("""[1]""", null, "invalid_type", "body: expected an object with prompt, model")]
    [InlineData("""{"prompt":"x"}}""", null, "invalid_json", "line 1, byte 15")]
    [InlineData("""{"prompt":""", null, "invalid_json", "body: expected JSON")]
    [InlineData("", null, "invalid_json", "body: expected JSON, got nothing")]
    public async Task Wrong_request_is_told_what_is_wrong(string body, string? param, string code, string words)
    {
        using var client = one.Server.Client();

        (await client.PostJsonAsync(Path, body)).Refused(HttpStatusCode.BadRequest, code, param, words);
    }

    [Fact]
    public async Task Unknown_model_names_those_there_are()
    {
        using var client = one.Server.Client();

        (await client.PostJsonAsync(Path, new { prompt = "x", model = "dall-e-3" }))
            .Refused(HttpStatusCode.NotFound, "model_not_found", "model", "there is no model \"dall-e-3\" here; there are instant, gpt-image-test, slow, endless");
    }

    [Fact]
    public async Task Prompt_that_is_too_long_is_counted_and_not_repeated()
    {
        using var client = one.Server.Client();

        var answer = await client.PostJsonAsync(Path, new { prompt = new string('x', 32_001) });

        answer.Refused(HttpStatusCode.BadRequest, "string_above_max_length", "prompt", "expected at most 32000 characters, got 32001");
        Assert.DoesNotContain("xxxx", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deeply_nested_body_is_refused()
    {
        using var client = one.Server.Client();

        string body = """{"prompt":"x","gesso":""" + new string('[', 5000) + new string(']', 5000) + "}";
        (await client.PostJsonAsync(Path, body)).Refused(HttpStatusCode.BadRequest, "invalid_json", null, "depth");
    }

    [Fact]
    public async Task Body_of_another_type_is_refused()
    {
        using var client = one.Server.Client();

        (await client.SendAsync(HttpMethod.Post, Path, new StringContent("prompt=x", Encoding.UTF8, "application/x-www-form-urlencoded")))
            .Refused(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type", null, "expected application/json, got application/x-www-form-urlencoded");
    }

    [Fact]
    public async Task Answers_say_whether_to_try_again()
    {
        using var client = one.Server.Client();

        var answer = await client.PostJsonAsync(Path, "{}");

        Assert.Equal("false", Assert.Single(answer.Headers.GetValues("x-should-retry")));
        Assert.Equal("invalid_request_error", answer.Error.GetProperty("type").GetString());
    }

    [Fact]
    public async Task Huge_body_is_refused_before_it_is_read()
    {
        await using var server = await ServerFixture.StartAsync(new ServerFixtureOptions { Options = o => o with { Limits = o.Limits with { MaxBodyBytes = 100_000 } } });
        using var client = server.Client();

        var answer = await client.PostJsonAsync(Path, new { prompt = new string('x', 200_000) });

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "body_too_large"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Full_queue_of_a_tenant_says_when_to_come_back()
    {
        await using var server = await ServerFixture.StartAsync(new ServerFixtureOptions { Options = o => o with { Limits = o.Limits with { TenantQueue = 2 } } });
        using var client = server.Client();
        for (int i = 0; i < 2; i++)
            (await client.PostJsonAsync("/api/jobs", new { prompt = "x", model = ServerFixtureOptions.Endless })).Expect(HttpStatusCode.Accepted);

        var answer = await client.PostJsonAsync(Path, new { prompt = "x" });

        answer.Refused(HttpStatusCode.TooManyRequests, "queue_full", null, "2 jobs wait or run");
        Assert.Equal("true", Assert.Single(answer.Headers.GetValues("x-should-retry")));
        Assert.True(answer.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Limits_of_a_key_bind_it()
    {
        string key = await one.Server.NewKeyAsync(limits: new Platform.Accounts.KeyLimits { MaxPixels = 256 * 256, MaxPriority = 2 });
        using var client = one.Server.Client(key);

        (await client.PostJsonAsync(Path, new { prompt = "x", size = "512x512" }))
            .Refused(HttpStatusCode.BadRequest, "invalid_value", "size", "expected at most 65536 pixels");
        (await client.PostJsonAsync(Path, new { prompt = "x", gesso = new { priority = 3 } }))
            .Refused(HttpStatusCode.BadRequest, "invalid_value", "gesso.priority", "at most 2 with this key");
        Assert.Equal("256x256", (await client.PostJsonAsync(Path, new { prompt = "x" })).Expect(HttpStatusCode.OK).String("size"));
    }
}
