using System.Text;
using Gesso.Server.Auth;
using Microsoft.AspNetCore.Http;

namespace Gesso.Server.Tests.Auth;

public sealed class CredentialTests
{
    [Theory]
    [InlineData("/v1/models", "Authorization", "Bearer gsk_a", "gsk_a")]
    [InlineData("/v1/models", "Authorization", "bearer   gsk_a ", "gsk_a")]
    [InlineData("/v1/models", "api-key", "gsk_a", "gsk_a")]
    [InlineData("/sdapi/v1/txt2img", "Authorization", "Basic dXNlcjpnc2tfYQ==", "gsk_a")] // user:gsk_a
    [InlineData("/sdapi/v1/txt2img", "Authorization", "Basic OmE6Yg==", "a:b")] // :a:b
    [InlineData("/v1/models", "Authorization", "Basic dXNlcjpnc2tfYQ==", null)]
    [InlineData("/sdapi/v1/txt2img", "Authorization", "Basic ?", null)]
    [InlineData("/sdapi/v1/txt2img", "Authorization", "Basic dXNlcg==", null)]
    [InlineData("/v1/models", "Authorization", "Digest abc", null)]
    [InlineData("/v1/models", "X-Other", "gsk_a", null)]
    public void Credential_is_read_where_clients_put_it(string path, string header, string value, string? expected)
    {
        DefaultHttpContext context = new();
        context.Request.Path = path;
        context.Request.Headers[header] = value;

        Assert.Equal(expected, Credential.Read(context.Request));
    }

    [Fact]
    public void Credential_in_the_query_is_not_read()
    {
        DefaultHttpContext context = new();
        context.Request.QueryString = new QueryString("?api-key=gsk_a&key=gsk_a");

        Assert.Null(Credential.Read(context.Request));
    }

    [Fact]
    public void Two_authorization_headers_are_none()
    {
        DefaultHttpContext context = new();
        context.Request.Headers.Authorization = new(["Bearer gsk_a", "Bearer gsk_b"]);

        Assert.Null(Credential.Read(context.Request));
    }

    [Fact]
    public void Basic_password_may_hold_any_text()
    {
        DefaultHttpContext context = new();
        context.Request.Path = "/sdapi/v1/options";
        context.Request.Headers.Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("ü:pässwörd"));

        Assert.Equal("pässwörd", Credential.Read(context.Request));
    }
}
