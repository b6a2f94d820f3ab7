using Gesso.Server.Hosting;
using Gesso.Testing.Server;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;

namespace Gesso.Server.Tests.Hosting;

public sealed class ListeningTests
{
    [Theory]
    [InlineData(null, 2)]
    [InlineData("http://127.0.0.1:0", 2)]
    public async Task Addresses_that_are_told_are_those_of_the_api(string? metrics, int expected)
    {
        await using var server = await ServerFixture.StartAsync(new()
        {
            Url = "http://127.0.0.1:0;http://[::1]:0",
            Options = o => o with { Telemetry = new() { MetricsUrl = metrics } },
        });

        var urls = Listening.ApiUrls(server.App.Services.GetRequiredService<IServer>(), server.Options);

        Assert.Equal(expected, urls.Count);
        foreach (string url in urls)
        {
            using HttpClient client = new() { BaseAddress = new Uri(url) };
            client.DefaultRequestHeaders.Authorization = new("Bearer", server.Key);
            Assert.Contains("instant", await client.GetStringAsync("/v1/models", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }
}
