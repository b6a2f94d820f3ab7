using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gesso.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Gesso.Server.Tests.OpenApi;

public sealed class DocumentTests(OneServer one)
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task Committed_document_is_what_the_server_says()
    {
        string path = Path.Combine(RepositoryRoot.Path, "docs", "openapi.json");
        string served = JsonNode.Parse(await TextAsync())!.ToJsonString(s_format) + "\n";
        if (Environment.GetEnvironmentVariable("GESSO_WRITE_OPENAPI") == "1")
            await File.WriteAllTextAsync(path, served);

        Assert.True(
            served == await File.ReadAllTextAsync(path),
            "docs/openapi.json is not what the server serves: run this test with GESSO_WRITE_OPENAPI=1, and look at the difference.");
    }

    [Fact]
    public async Task Every_endpoint_that_asks_for_a_role_is_in_the_document()
    {
        var paths = JsonNode.Parse(await TextAsync())!["paths"]!.AsObject();
        var endpoints = one.Server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<Gesso.Server.Auth.RoleRequirement>() is not null && e.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null)
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(m => (Method: m.ToLowerInvariant(), Path: PathOf(e))))
            .Where(e => e.Method != "head").Distinct().ToList();

        Assert.True(endpoints.Count > 30, "The endpoints were not found.");
        Assert.DoesNotContain(endpoints, e => paths[e.Path]?[e.Method] is null);
        Assert.All(endpoints, e => Assert.NotEmpty((string)paths[e.Path]![e.Method]!["summary"]!));
    }

    [Fact]
    public async Task Own_fields_and_the_key_are_documented()
    {
        var document = JsonNode.Parse(await TextAsync())!;
        var body = document["paths"]!["/v1/images/generations"]!["post"]!["requestBody"]!["content"]!["application/json"]!["schema"]!;

        Assert.Equal("prompt", (string?)body["required"]![0]);
        Assert.Equal(200, (int?)body["properties"]!["gesso"]!["properties"]!["steps"]!["maximum"]);
        Assert.Equal("bearer", (string?)document["components"]!["securitySchemes"]!["key"]!["scheme"]);
        Assert.NotNull(document["security"]![0]!["key"]);
        Assert.Contains("b64_json", document["components"]!["schemas"]!["ImageData"]!["properties"]!.AsObject().Select(p => p.Key));
    }

    private static string PathOf(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace("**", "");

    private async Task<string> TextAsync()
    {
        using var stranger = one.Server.Client("");
        return await stranger.GetStringAsync("/openapi/v1.json");
    }
}
