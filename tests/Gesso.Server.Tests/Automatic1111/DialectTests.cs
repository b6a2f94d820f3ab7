using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Automatic1111;

/// <summary>The calls that Open WebUI and SillyTavern make, in their words.</summary>
public sealed class DialectTests(OneServer one)
{
    [Fact]
    public async Task Open_WebUI_asks_for_options_chooses_a_model_and_draws()
    {
        using var client = BasicClient(await one.Server.NewKeyAsync());

        Assert.Equal(ServerFixtureOptions.Instant, (await client.ReadAsync("/sdapi/v1/options")).Expect(HttpStatusCode.OK).String("sd_model_checkpoint"));
        string title = (await client.ReadAsync("/sdapi/v1/sd-models")).Json[1].GetProperty("title").GetString()!;
        Assert.Equal("null", (await client.PostJsonAsync("/sdapi/v1/options", new { sd_model_checkpoint = title, samples_save = false })).Expect(HttpStatusCode.OK).Text);
        var answer = (await client.PostJsonAsync("/sdapi/v1/txt2img", new
        {
            prompt = "a pier",
            batch_size = 2,
            width = 512,
            height = 768,
            steps = 5,
            cfg_scale = 7.0,
            sampler_name = "DPM++ 2M Karras",
            scheduler = "Karras",
            seed = -1,
            negative_prompt = "",
        })).Expect(HttpStatusCode.OK);

        Assert.Equal(ServerFixtureOptions.Slow, title);
        Assert.Equal(2, answer["images"].GetArrayLength());
        Assert.True(TestPictures.SizeOf(answer["images"][0].GetBytesFromBase64()).Width > 0);
        var info = JsonDocument.Parse(answer.String("info")!).RootElement;
        Assert.Equal([512, 768, 5, 7], ((string[])["width", "height", "steps", "cfg_scale"]).Select(n => info.GetProperty(n).GetDouble()));
        Assert.Equal("DPM++ 2M", info.GetProperty("sampler_name").GetString());
        Assert.Equal(info.GetProperty("seed").GetInt64() + 1, info.GetProperty("all_seeds")[1].GetInt64());
        Assert.Equal(ServerFixtureOptions.Slow, info.GetProperty("sd_model_name").GetString());
        Assert.Contains("Steps: 5, Sampler: DPM++ 2M, CFG scale: 7, Seed: ", info.GetProperty("infotexts")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chosen_model_is_that_key_s_only()
    {
        using var a = BasicClient(await one.Server.NewKeyAsync());
        using var b = BasicClient(await one.Server.NewKeyAsync());

        await a.PostJsonAsync("/sdapi/v1/options", new { sd_model_checkpoint = "slow" });

        Assert.Equal("slow", (await a.ReadAsync("/sdapi/v1/options")).String("sd_model_checkpoint"));
        Assert.Equal("instant", (await b.ReadAsync("/sdapi/v1/options")).String("sd_model_checkpoint"));
        (await a.PostJsonAsync("/sdapi/v1/options", new { sd_model_checkpoint = "sdxl.safetensors [abc]" }))
            .Refused(HttpStatusCode.NotFound, "model_not_found", "model", "\"sdxl\"");
    }

    [Fact]
    public async Task SillyTavern_finds_its_lists()
    {
        using var client = BasicClient(await one.Server.NewKeyAsync());

        foreach (string list in (string[])["sd-models", "samplers", "schedulers", "upscalers", "latent-upscale-modes", "sd-vae", "loras"])
            Assert.Equal(JsonValueKind.Array, (await client.ReadAsync($"/sdapi/v1/{list}")).Expect(HttpStatusCode.OK).Json.ValueKind);
        Assert.Contains("Euler a", (await client.ReadAsync("/sdapi/v1/samplers")).Json.EnumerateArray().Select(s => s.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task SillyTavern_draws_with_its_whole_settings()
    {
        using var client = BasicClient(await one.Server.NewKeyAsync());

        var answer = await client.PostJsonAsync("/sdapi/v1/txt2img", """
            {"prompt":"x","negative_prompt":"y","sampler_name":"Euler a","scheduler":"simple","steps":20,"cfg_scale":7,"width":512,"height":512,"restore_faces":false,"enable_hr":false,
             "hr_upscaler":"Latent","hr_scale":2,"denoising_strength":0.7,"hr_second_pass_steps":0,"seed":1234,"override_settings":{"CLIP_stop_at_last_layers":1,"sd_vae":"Automatic"},
             "override_settings_restore_afterwards":true,"clip_skip":1,"save_images":true,"send_images":true,"do_not_save_grid":false,"do_not_save_samples":false}
            """);

        Assert.Equal(1234, answer.Expect(HttpStatusCode.OK)["parameters"].GetProperty("seed").GetInt64());
    }

    [Fact]
    public async Task Picture_and_mask_are_drawn_on()
    {
        using var client = BasicClient(await one.Server.NewKeyAsync());

        var answer = (await client.PostJsonAsync("/sdapi/v1/img2img", new
        {
            prompt = "x",
            init_images = new[] { TestPictures.DataUrl(TestPictures.Png(64, 64)) },
            mask = Convert.ToBase64String(TestPictures.Png(64, 64)),
            denoising_strength = 0.4,
            width = 64,
            height = 64,
            inpainting_fill = 1,
            mask_blur = 4,
        })).Expect(HttpStatusCode.OK);

        Assert.Equal(0.4, answer["parameters"].GetProperty("denoising_strength").GetDouble());
        string job = JsonDocument.Parse(answer.String("info")!).RootElement.GetProperty("job").GetString()!;
        using var native = one.Server.Client();
        Assert.Equal("white", (await native.ReadAsync($"/api/jobs/{job}"))["request"].GetProperty("mask_reading").GetString());
    }

    [Fact]
    public async Task Interrupted_drawing_is_answered_with_what_is_finished()
    {
        using var client = BasicClient(await one.Server.NewKeyAsync());
        var drawing = client.PostJsonAsync("/sdapi/v1/txt2img", new { prompt = "x", n_iter = 2, override_settings = new { sd_model_checkpoint = ServerFixtureOptions.Endless } });
        double progress = 0;
        for (int i = 0; i < 300 && progress == 0; i++)
        {
            await Task.Delay(20);
            progress = (await client.ReadAsync("/sdapi/v1/progress"))["progress"].GetDouble();
        }

        var last = await client.ReadAsync("/sdapi/v1/progress");
        await client.PostAsync("/sdapi/v1/interrupt");
        var answer = (await drawing).Expect(HttpStatusCode.OK);

        Assert.InRange(progress, 0.0001, 0.1);
        Assert.Equal(1000, last["state"].GetProperty("sampling_steps").GetInt32());
        Assert.NotEmpty(last["current_image"].GetBytesFromBase64());
        Assert.Empty(answer["images"].EnumerateArray());
        Assert.Equal(0, (await client.ReadAsync("/sdapi/v1/progress"))["progress"].GetDouble());
    }

    [Theory]
    [InlineData("txt2img", """{"batch_size":6,"n_iter":2}""", "batch_size", "expected at most 10 pictures with n_iter, got 12")]
    [InlineData("txt2img", """{"steps":0}""", "steps", "from 1 to 200, got 0")]
    [InlineData("img2img", """{"prompt":"x"}""", "init_images", "expected a list of one picture in base 64, got nothing")]
    [InlineData("img2img", """{"init_images":["AA==","AA=="]}""", "init_images", "got 2")]
    [InlineData("img2img", """{"init_images":["AAAA"]}""", "init_images", "expected a PNG, JPEG or WebP picture")]
    [InlineData("img2img", """{"init_images":["AAAA"],"inpainting_mask_invert":1}""", "inpainting_mask_invert", "Send the mask inverted")]
    public async Task Wrong_request_is_told_what_is_wrong(string path, string body, string param, string words)
    {
        using var client = one.Server.Client();

        var answer = (await client.PostJsonAsync($"/sdapi/v1/{path}", body)).Expect(HttpStatusCode.BadRequest);

        Assert.Equal(param, answer.Param);
        Assert.Contains(words, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Picture_tells_the_parameters_in_it()
    {
        using var client = one.Server.Client();
        byte[] png = TestPictures.Png(8, 8), text = [0, 0, 0, 19, .. "tEXtparameters\0a cat"u8, .. ", 2"u8, 0, 0, 0, 0];
        text[3] = (byte)("parameters\0a cat, 2".Length);

        var answer = await client.PostJsonAsync("/sdapi/v1/png-info", new { image = Convert.ToBase64String([.. png[..33], .. text, .. png[33..]]) });

        Assert.Equal("a cat, 2", answer.Expect(HttpStatusCode.OK).String("info"));
    }

    [Fact]
    public async Task Wrong_password_is_refused()
    {
        using var client = BasicClient("gsk_wrong");

        (await client.ReadAsync("/sdapi/v1/options")).Refused(HttpStatusCode.Unauthorized, "invalid_api_key", null, "API key");
    }

    private HttpClient BasicClient(string key)
    {
        var client = one.Server.Client("");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("anybody:" + key)));
        return client;
    }
}
