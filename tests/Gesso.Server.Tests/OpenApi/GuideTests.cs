using System.Text.Json.Nodes;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;
using Gesso.Testing;

namespace Gesso.Server.Tests.OpenApi;

/// <summary>docs/api.md says what there is, and nothing else says it differently.</summary>
public sealed class GuideTests
{
    private static readonly string s_guide = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "api.md"));

    [Fact]
    public void Guide_names_every_path()
    {
        var paths = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryRoot.Path, "docs", "openapi.json")))!["paths"]!.AsObject().Select(p => p.Key).ToList();

        // administration has a document of its own; the third dialect is named by the ends of its paths
        Assert.DoesNotContain(
            paths.Where(p => !p.StartsWith("/api/keys", StringComparison.Ordinal) && !p.StartsWith("/api/tenants", StringComparison.Ordinal)),
            p => !s_guide.Contains(p.Replace("/sdapi/v1/", "`").Replace("/api/pictures/{id}/content", "/{id}/content"), StringComparison.Ordinal));
    }

    [Fact]
    public void Guide_names_every_own_field() =>
        Assert.DoesNotContain(new WorkFields(new LimitOptions()).Fields, f => !s_guide.Contains($"`{f.Name}`", StringComparison.Ordinal));
}
