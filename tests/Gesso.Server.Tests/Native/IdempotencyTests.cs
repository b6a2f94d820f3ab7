using System.Net;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Native;

public sealed class IdempotencyTests(OneServer one)
{
    private const string Header = "Idempotency-Key";

    [Fact]
    public async Task Hundred_at_once_with_one_key_make_one_job()
    {
        using var client = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_hundred"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.PostJsonAsync("/v1/images/generations", new { prompt = "x" }, (Header, "k"))));

        Assert.All(answers, a => a.Expect(HttpStatusCode.OK));
        Assert.Single(answers.Select(a => a.Text).Distinct());
        Assert.Single((await client.ReadAsync("/api/jobs"))["data"].EnumerateArray());
    }

    [Fact]
    public async Task Same_key_with_another_body_is_refused()
    {
        using var client = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_reuse"));
        (await client.PostJsonAsync("/api/jobs", new { prompt = "x" }, (Header, "k"))).Expect(HttpStatusCode.Accepted);

        (await client.PostJsonAsync("/api/jobs", new { prompt = "y" }, (Header, "k")))
            .Refused(HttpStatusCode.UnprocessableEntity, "idempotency_key_reused", null, "take a new key");
        (await client.PostJsonAsync("/api/jobs", new { prompt = "x", seed = 1 }, (Header, "k"))).Expect(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Same_picture_in_another_form_is_the_same_request()
    {
        using var client = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_forms"));

        var first = await client.SendAsync(HttpMethod.Post, "/v1/images/edits", Calls.Form(("prompt", "x"), ("image", TestPictures.Png(64, 64))), (Header, "k"));
        // SDKs draw a new boundary for each try
        var second = await client.SendAsync(HttpMethod.Post, "/v1/images/edits", Calls.Form(("prompt", "x"), ("image", TestPictures.Png(64, 64))), (Header, "k"));
        var other = await client.SendAsync(HttpMethod.Post, "/v1/images/edits", Calls.Form(("prompt", "x"), ("image", TestPictures.Png(64, 48))), (Header, "k"));

        Assert.Equal(first.Expect(HttpStatusCode.OK).Text, second.Expect(HttpStatusCode.OK).Text);
        other.Expect(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Keys_of_tenants_are_their_own()
    {
        using var a = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_key_a"));
        using var b = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_key_b"));

        var first = await a.PostJsonAsync("/api/jobs", new { prompt = "x" }, (Header, "k"));
        var second = await b.PostJsonAsync("/api/jobs", new { prompt = "y" }, (Header, "k"));

        Assert.NotEqual(first.String("id"), second.Expect(HttpStatusCode.Accepted).String("id"));
    }

    [Fact]
    public async Task Answer_of_a_job_that_failed_is_the_same_again()
    {
        using var client = one.Server.Client(await one.Server.NewKeyAsync(tenant: "tenant_failed"));
        object body = new { prompt = "x", model = ServerFixtureOptions.Endless, gesso = new { deadline_seconds = 0.2 } };

        var first = await client.PostJsonAsync("/v1/images/generations", body, (Header, "k"));
        var second = await client.PostJsonAsync("/v1/images/generations", body, (Header, "k"));

        Assert.Equal("deadline_exceeded", first.Code);
        Assert.Equal((first.Status, first.Text), (second.Status, second.Text));
        Assert.Equal("false", Assert.Single(first.Headers.GetValues("x-should-retry")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("too long")]
    public async Task Key_of_a_strange_length_is_refused(string key)
    {
        using var client = one.Server.Client();

        (await client.PostJsonAsync("/api/jobs", new { prompt = "x" }, (Header, key.Length == 0 ? key : new string('k', 256))))
            .Refused(HttpStatusCode.BadRequest, "invalid_idempotency_key", null, "expected 1 to 255 characters");
    }
}
