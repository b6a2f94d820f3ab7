using System.Net;
using System.Text;

namespace Gesso.Server.Tests.OpenAi;

public sealed class EditTests(OneServer one)
{
    private const string Path = "/v1/images/edits";

    [Fact]
    public async Task Edit_without_a_mask_redraws_three_quarters()
    {
        using var client = one.Server.Client();

        var request = await RequestOfAsync(client, Calls.Form(("prompt", "warmer"), ("image", TestPictures.Jpeg(100, 60))));

        Assert.Equal(0.75, request.GetProperty("strength").GetDouble());
        Assert.Equal("96x48", request.GetProperty("size").GetString());
        Assert.Equal(64, request.GetProperty("image").GetString()!.Length);
    }

    [Fact]
    public async Task Edit_with_a_mask_redraws_what_is_transparent()
    {
        using var client = one.Server.Client();

        var request = await RequestOfAsync(client, Calls.Form(("prompt", "a door"), ("image", TestPictures.Png(64, 64)), ("mask", TestPictures.Mask(64, 64))));

        Assert.Equal(1, request.GetProperty("strength").GetDouble());
        Assert.Equal("transparent", request.GetProperty("mask_reading").GetString());
    }

    [Theory]
    [InlineData("image")]
    [InlineData("image[]")]
    [InlineData("images[]")]
    [InlineData("image[0]")]
    public async Task Every_name_that_SDKs_give_the_picture_is_read(string name)
    {
        using var client = one.Server.Client();

        var answer = await client.SendAsync(HttpMethod.Post, Path, Calls.Form(("prompt", "x"), (name, TestPictures.Png(64, 64)), ("n", "2"), ("size", "64x64")));

        Assert.Equal(2, answer.Expect(HttpStatusCode.OK)["data"].GetArrayLength());
        Assert.Empty(answer["gesso"].GetProperty("warnings").EnumerateArray());
    }

    [Theory]
    [InlineData("gesso", "{\"seed\": 11, \"steps\": 3}")]
    [InlineData("gesso[seed]", "11")]
    public async Task Own_fields_come_as_JSON_or_in_brackets(string name, string value)
    {
        using var client = one.Server.Client();

        var request = await RequestOfAsync(client, Calls.Form(("prompt", "x"), ("image", TestPictures.Png(64, 64)), (name, value)));

        Assert.Equal(11, request.GetProperty("seed").GetInt64());
    }

    [Fact]
    public async Task Misspelt_own_field_in_a_form_is_refused()
    {
        using var client = one.Server.Client();

        (await client.SendAsync(HttpMethod.Post, Path, Calls.Form(("prompt", "x"), ("image", TestPictures.Png(64, 64)), ("gesso[sed]", "1"))))
            .Refused(HttpStatusCode.BadRequest, "unknown_parameter", "gesso.sed", "gesso.seed");
    }

    [Fact]
    public async Task References_in_JSON_are_resolved()
    {
        using var client = one.Server.Client();
        string upload = (await client.SendAsync(HttpMethod.Post, "/api/uploads", Calls.File(TestPictures.Mask(64, 64)))).Expect(HttpStatusCode.Created).String("id")!;
        string dataUrl = "data:image/png;base64," + Convert.ToBase64String(TestPictures.Png(64, 64));

        var answer = await client.PostJsonAsync(Path, new { prompt = "x", images = new[] { new { image_url = dataUrl } }, mask = new { file_id = upload } });

        string job = answer.Expect(HttpStatusCode.OK)["gesso"].GetProperty("job").GetString()!;
        Assert.Equal(upload, (await client.ReadAsync($"/api/jobs/{job}"))["request"].GetProperty("mask").GetString());
    }

    [Fact]
    public async Task Drawn_picture_can_be_drawn_on()
    {
        using var client = one.Server.Client();
        var drawn = await client.PostJsonAsync("/v1/images/generations", new { prompt = "x" });
        string picture = drawn["data"][0].GetProperty("gesso").GetProperty("picture").GetString()!;

        // the null engine draws 8x8 pixels, less than one step of any model
        (await client.PostJsonAsync(Path, new { prompt = "x", size = "64x64", images = new[] { new { file_id = picture } } })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Variation_needs_no_prompt()
    {
        using var client = one.Server.Client();

        var answer = await client.SendAsync(HttpMethod.Post, "/v1/images/variations", Calls.Form(("image", TestPictures.Png(64, 64)), ("n", 2)));

        Assert.Equal(2, answer.Expect(HttpStatusCode.OK)["data"].GetArrayLength());
    }

    public static TheoryData<string, (string, object)[], string?, string, string> Wrong => new()
    {
        { "no picture", [("prompt", "x")], "image", "missing_required_parameter", "image: expected a PNG, JPEG or WebP picture, got nothing" },
        { "two", [("prompt", "x"), ("image[]", TestPictures.Png(8, 8)), ("image[]", TestPictures.Png(9, 9))], "image", "too_many_images", "this model takes one, got 2" },
        { "no prompt", [("image", TestPictures.Png(64, 64))], "prompt", "missing_required_parameter", "got nothing" },
        { "text", [("prompt", "x"), ("image", "<svg/>"u8.ToArray())], "image", "not_a_picture", "got a text file such as SVG or HTML" },
        { "gif", [("prompt", "x"), ("image", "GIF89a"u8.ToArray())], "image", "not_a_picture", "got a GIF" },
        { "mask size", [("prompt", "x"), ("image", TestPictures.Png(64, 64)), ("mask", TestPictures.Mask(32, 64))], "mask", "invalid_mask", "mask: expected 64x64 as the picture has, got 32x64" },
        { "opaque mask", [("prompt", "x"), ("image", TestPictures.Png(64, 64)), ("mask", TestPictures.Png(64, 64))], "mask", "invalid_mask", "got an opaque one" },
        { "two masks", [("prompt", "x"), ("image", TestPictures.Png(64, 64)), ("mask", TestPictures.Mask(64, 64)), ("mask", TestPictures.Mask(64, 64))], "mask", "invalid_value", "got several" },
        { "bad reference", [("prompt", "x"), ("image", "C:\\picture.png")], "image", "invalid_picture_reference", "got \"C:\\picture.png\"" },
        { "unknown upload", [("prompt", "x"), ("image", new string('a', 64))], "image", "upload_not_found", "send the picture again" },
        { "n", [("prompt", "x"), ("image", TestPictures.Png(64, 64)), ("n", "eleven")], "n", "invalid_type", "n: expected a whole number from 1 to 10, got \"eleven\"" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Wrong_form_is_told_what_is_wrong(string name, (string, object)[] parts, string? param, string code, string words)
    {
        Assert.NotEmpty(name);
        using var client = one.Server.Client();

        (await client.SendAsync(HttpMethod.Post, Path, Calls.Form(parts))).Refused(HttpStatusCode.BadRequest, code, param, words);
    }

    [Theory]
    [InlineData("""{"prompt":"x","images":[{}]}""", "images[0]", "invalid_picture_reference", "expected exactly one of image_url and file_id, got neither")]
    [InlineData("""{"prompt":"x","images":[{"image_url":"data:,x","file_id":"a"}]}""", "images[0]", "invalid_picture_reference", "got both")]
    [InlineData("""{"prompt":"x","images":[{"url":"a"}]}""", "images[0].url", "unknown_parameter", "images[0].image_url, images[0].file_id")]
    [InlineData("""{"prompt":"x","images":[{"image_url":"data:image/png,x"}]}""", "images[0]", "invalid_data_url", "with base 64 behind the comma")]
    [InlineData("""{"prompt":"x","images":[{"image_url":"data:image/png;base64,%%%"}]}""", "images[0]", "invalid_base64", "got text that is none")]
    [InlineData("""{"prompt":"x","images":[{"image_url":"ftp://example.com/a.png"}]}""", "images[0]", "invalid_picture_reference", "an https: address")]
    [InlineData("""{"prompt":"x","images":[{"image_url":"http://127.0.0.1/a.png"}]}""", "images[0]", "url_not_allowed", "images[0]:")]
    [InlineData("""{"prompt":"x","images":[]}""", "image", "missing_required_parameter", "got nothing")]
    [InlineData("""{"prompt":"x","image":7}""", "image", "invalid_type", "expected an object with image_url or file_id, got 7")]
    public async Task Wrong_reference_is_told_what_is_wrong(string body, string param, string code, string words)
    {
        using var client = one.Server.Client();

        (await client.PostJsonAsync(Path, body)).Refused(HttpStatusCode.BadRequest, code, param, words);
    }

    [Theory]
    [InlineData("multipart/form-data", "", "a boundary of 0 characters")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nx", "Unexpected end of Stream")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", "a part without a name")]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nno colon here\r\n\r\nx\r\n--b--\r\n", "Invalid header line")]
    [InlineData("multipart/form-data; boundary=b", "garbage", "Unexpected end of Stream")]
    public async Task Form_that_cannot_be_read_is_refused(string type, string body, string words)
    {
        using var client = one.Server.Client();
        StringContent content = new(body, Encoding.UTF8);
        content.Headers.Remove("Content-Type");
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        (await client.SendAsync(HttpMethod.Post, Path, content)).Refused(HttpStatusCode.BadRequest, "invalid_multipart", null, words);
    }

    [Fact]
    public async Task Picture_above_the_limit_is_refused_while_it_arrives()
    {
        await using var server = await Testing.Server.ServerFixture.StartAsync(new Testing.Server.ServerFixtureOptions
        {
            Options = o => o with { Limits = o.Limits with { MaxPictureBytes = 20_000, MaxPicturePixels = 10_000 } },
        });
        using var client = server.Client();

        (await client.SendAsync(HttpMethod.Post, Path, Calls.Form(("prompt", "x"), ("image", new byte[30_000]))))
            .Refused(HttpStatusCode.BadRequest, "picture_too_large", "image", "at most 20000 bytes");
        (await client.SendAsync(HttpMethod.Post, Path, Calls.Form(("prompt", "x"), ("image", TestPictures.Png(200, 100)))))
            .Refused(HttpStatusCode.BadRequest, "picture_too_large", "image", "expected at most 10000 pixels, got 200x100 (20000)");
        (await client.PostJsonAsync(Path, new { prompt = "x", images = new[] { new { image_url = "data:image/png;base64," + new string('A', 60_000) } } }))
            .Refused(HttpStatusCode.BadRequest, "picture_too_large", "images[0]", "at most 20000 bytes");
    }

    [Fact]
    public async Task Photograph_is_drawn_on_at_the_size_of_the_model()
    {
        using var client = one.Server.Client();

        var request = await RequestOfAsync(client, Calls.Form(("prompt", "x"), ("image", TestPictures.Jpeg(3000, 1500))));

        Assert.Equal("1440x720", request.GetProperty("size").GetString());
    }

    private static async Task<System.Text.Json.JsonElement> RequestOfAsync(HttpClient client, MultipartFormDataContent form)
    {
        var answer = (await client.SendAsync(HttpMethod.Post, Path, form)).Expect(HttpStatusCode.OK);
        return (await client.ReadAsync($"/api/jobs/{answer["gesso"].GetProperty("job").GetString()}"))["request"];
    }
}
