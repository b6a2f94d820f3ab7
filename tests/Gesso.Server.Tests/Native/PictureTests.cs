using System.Net;
using System.Text.Json;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Native;

public sealed class PictureTests(OneServer one)
{
    [Fact]
    public async Task Gallery_shows_the_newest_job_first()
    {
        string tenant = "tenant_gallery";
        using var client = one.Server.Client(await one.Server.NewKeyAsync(tenant: tenant));
        using var colleague = one.Server.Client(await one.Server.NewKeyAsync(tenant: tenant));
        string a = await DrawAsync(client, n: 2), b = await DrawAsync(colleague), c = await DrawAsync(client);

        var first = await client.ReadAsync("/api/pictures?limit=2");
        var second = await client.ReadAsync($"/api/pictures?limit=2&before={first.String("next")}");
        var mine = await client.ReadAsync("/api/pictures?mine=true");

        Assert.Equal([$"{c}-0", $"{b}-0"], Ids(first));
        Assert.Equal([$"{a}-0", $"{a}-1"], Ids(second));
        Assert.Equal(JsonValueKind.Null, second["next"].ValueKind);
        Assert.Equal([$"{c}-0", $"{a}-0", $"{a}-1"], Ids(mine));
    }

    [Fact]
    public async Task Picture_tells_what_it_is()
    {
        using var client = one.Server.Client();
        string job = await DrawAsync(client);

        var picture = (await client.ReadAsync($"/api/pictures/{job}-0")).Expect(HttpStatusCode.OK);

        Assert.Equal(("image/png", 8, 8, 0), (picture.String("media_type"), picture["width"].GetInt32(), picture["height"].GetInt32(), picture["index"].GetInt32()));
        Assert.Equal(97, picture["bytes"].GetInt64());
    }

    [Fact]
    public async Task Content_is_nothing_but_a_picture_to_a_browser()
    {
        using var client = one.Server.Client();
        using var stranger = one.Server.Client("");
        string job = await DrawAsync(client);
        string url = (await client.ReadAsync($"/api/pictures/{job}-0")).String("url")!;

        using var response = await stranger.GetAsync(url);

        Assert.Equal((HttpStatusCode.OK, "image/png", 97), (response.StatusCode, response.Content.Headers.ContentType!.MediaType, response.Content.Headers.ContentLength));
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("default-src 'none'; sandbox", Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
        Assert.Contains("immutable", response.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Equal("inline", response.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal(new Contracts.Images.ImageSize(8, 8), TestPictures.SizeOf(await response.Content.ReadAsByteArrayAsync()));
    }

    [Fact]
    public async Task Content_that_is_known_is_not_sent_again()
    {
        using var client = one.Server.Client();
        string job = await DrawAsync(client);
        using var first = await client.GetAsync($"/api/pictures/{job}-0/content");

        using HttpRequestMessage request = new(HttpMethod.Get, $"/api/pictures/{job}-0/content");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
        using HttpRequestMessage head = new(HttpMethod.Head, $"/api/pictures/{job}-0/content");
        using var heads = await client.SendAsync(head);
        Assert.Equal(97, heads.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Download_gets_a_name()
    {
        using var client = one.Server.Client();
        string job = await DrawAsync(client, format: "webp");

        using var response = await client.GetAsync($"/api/pictures/{job}-0/content?download=1");

        var disposition = response.Content.Headers.ContentDisposition!;
        Assert.Equal(("attachment", $"{job}-0.webp"), (disposition.DispositionType, disposition.FileName!.Trim('"')));
    }

    [Fact]
    public async Task Deleted_picture_leaves_its_job()
    {
        using var client = one.Server.Client();
        string job = await DrawAsync(client, n: 2);

        (await client.SendAsync(HttpMethod.Delete, $"/api/pictures/{job}-0", null)).Expect(HttpStatusCode.NoContent);

        (await client.ReadAsync($"/api/pictures/{job}-0/content")).Refused(HttpStatusCode.NotFound, "not_found", null, $"{job}-0");
        Assert.Equal([$"{job}-1"], (await client.ReadAsync($"/api/jobs/{job}"))["pictures"].EnumerateArray().Select(p => p.GetProperty("id").GetString()!));
        (await client.ReadAsync("/api/pictures/nonsense")).Expect(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Upload_is_named_by_its_content()
    {
        using var client = one.Server.Client();
        byte[] file = TestPictures.TurnedJpeg(40, 30, 6);

        var raw = (await client.SendAsync(HttpMethod.Post, "/api/uploads", Calls.File(file, "image/jpeg"))).Expect(HttpStatusCode.Created);
        var form = (await client.SendAsync(HttpMethod.Post, "/api/uploads", Calls.Form(("file", file)))).Expect(HttpStatusCode.Created);

        Assert.Equal(Platform.Assets.AssetKey.Of(file).Sha256, raw.String("id"));
        Assert.Equal(raw.String("id"), form.String("id"));
        Assert.Equal(("image/jpeg", 30, 40, file.Length), (raw.String("media_type"), raw["width"].GetInt32(), raw["height"].GetInt32(), raw["bytes"].GetInt32()));
        Assert.True(raw["expires_at"].GetDouble() > one.Server.Time.GetUtcNow().AddHours(23).ToUnixTimeSeconds());
    }

    [Fact]
    public async Task Upload_that_is_no_picture_is_refused()
    {
        using var client = one.Server.Client();

        (await client.SendAsync(HttpMethod.Post, "/api/uploads", Calls.File("<svg/>"u8.ToArray(), "image/svg+xml")))
            .Refused(HttpStatusCode.BadRequest, "not_a_picture", "file", "got a text file");
        (await client.SendAsync(HttpMethod.Post, "/api/uploads", Calls.Form(("a", "b"))))
            .Refused(HttpStatusCode.BadRequest, "invalid_value", "file", "expected one picture file in the form, got 0");
    }

    private static string[] Ids(Answer answer) => [.. answer["data"].EnumerateArray().Select(p => p.GetProperty("id").GetString()!)];

    private static async Task<string> DrawAsync(HttpClient client, int n = 1, string format = "png")
    {
        var job = await client.PostJsonAsync("/api/jobs", new { prompt = "x", model = ServerFixtureOptions.Instant, n, output_format = format });
        string id = job.Expect(HttpStatusCode.Accepted).String("id")!;
        await client.UntilAsync(id, "succeeded");
        return id;
    }
}
