using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gesso.Server.Hosting;
using Gesso.Server.Security;
using Gesso.Server.Telemetry;
using Gesso.Testing.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gesso.Server.Tests.Telemetry;

public sealed class LogTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_level_of_the_log_tells_a_key_a_prompt_or_a_signature()
    {
        using LogKeeper log = new();
        await using var server = await ServerFixture.StartAsync(new() { Configure = b => b.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(log) });
        using var client = server.Client();
        using var wrong = server.Client("gsk_" + new string('w', 43));
        string signed = server.App.Services.GetRequiredService<PictureUrls>().Sign("/api/pictures/job_01JD0000000000000000000000-0/content", new Platform.TenantId("default"));
        string signature = signed[(signed.IndexOf("sig=", StringComparison.Ordinal) + 4)..];

        using var drawn = await client.PostAsJsonAsync("/v1/images/generations", new { prompt = "zebra in pyjamas", gesso = new { negative_prompt = "giraffe" } }, Cancellation);
        using var refused = await client.PostAsJsonAsync("/v1/images/generations", new { prompt = "zebra in pyjamas", n = -1 }, Cancellation);
        using var unknown = await wrong.GetAsync("/v1/models", Cancellation);
        using var picture = await client.GetAsync(signed, Cancellation);

        Assert.Equal(HttpStatusCode.OK, drawn.StatusCode);
        Assert.Contains(log.Lines, line => line.Contains(AccessLog.Category, StringComparison.Ordinal));
        // the framework's own lines carry query strings at Information; ServerLogging raises its level, so ours are what counts
        var ours = log.Lines.Where(line => line.Contains(" Gesso.", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(ours);
        foreach (string secret in new[] { "zebra", "giraffe", server.Key, new string('w', 43), signature })
            Assert.DoesNotContain(ours, line => line.Contains(secret, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(log.Lines, line => line.Contains(server.Key, StringComparison.Ordinal) || line.Contains("zebra", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Prompts_are_logged_where_the_configuration_asks_for_them()
    {
        using LogKeeper log = new();
        await using var server = await ServerFixture.StartAsync(new()
        {
            Options = o => o with { Security = new SecurityOptions { LogPrompts = true } },
            Configure = b => b.Logging.ClearProviders().SetMinimumLevel(LogLevel.Information).AddProvider(log),
        });
        using var client = server.Client();

        using var drawn = await client.PostAsJsonAsync("/v1/images/generations", new { prompt = "zebra in pyjamas" }, Cancellation);

        Assert.Contains(log.Lines, line => line.Contains("zebra in pyjamas", StringComparison.Ordinal) && line.Contains("job_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public void Line_of_the_log_is_one_line_and_names_its_request(string format)
    {
        using StringWriter written = new();
        var error = Console.Error;
        Console.SetError(written);
        try
        {
            using var loggers = LoggerFactory.Create(b => ServerLogging.Configure(b, new ServerOptions { Telemetry = new TelemetryOptions { Logs = format } }));
            var logger = loggers.CreateLogger("Gesso.Test");
            using (logger.BeginScope(new RequestScope("req_1")))
                logger.Log(LogLevel.Warning, 0, "a\nb", null, (text, _) => text);
        }
        finally
        {
            Console.SetError(error);
        }

        string line = Assert.Single(written.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("Gesso.Test", line, StringComparison.Ordinal);
        Assert.Contains("req_1", line, StringComparison.Ordinal);
        Assert.Contains("a\\nb", line, StringComparison.Ordinal);
        if (format == "json")
            Assert.Equal("Warning", JsonDocument.Parse(line).RootElement.GetProperty("LogLevel").GetString());
        else
            Assert.Contains("Z warn  Gesso.Test: ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Usual_requests_are_logged_only_when_asked_for()
    {
        Assert.Equal(0, await LinesAsync(all: false));
        Assert.Equal(1, await LinesAsync(all: true));

        static async Task<int> LinesAsync(bool all)
        {
            using LogKeeper log = new();
            var server = await ServerFixture.StartAsync(new()
            {
                Options = o => o with { Telemetry = new TelemetryOptions { AccessLog = all } },
                Configure = b => b.Logging.SetMinimumLevel(LogLevel.Information).AddProvider(log),
            });
            await using (server)                                                            // once it has stopped, all that is logged of a request is there
            {
                using var client = server.Client();
                using var response = await client.GetAsync("/v1/models", Cancellation);
            }
            return log.Lines.Count(l => l.Contains(AccessLog.Category, StringComparison.Ordinal) && l.StartsWith("Information", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Access_log_carries_the_request_id_and_the_key_id_and_cannot_be_forged()
    {
        using LogKeeper log = new();
        var server = await ServerFixture.StartAsync(new() { Configure = b => b.Logging.ClearProviders().SetMinimumLevel(LogLevel.Trace).AddProvider(log) });
        string id;
        await using (server)
        {
            using var client = server.Client();
            using var response = await client.GetAsync("/v1/models/none%0AWarning%20Gesso:%20forged", Cancellation);
            id = response.Headers.GetValues(RequestIdentity.Header).Single();
        }

        string line = Assert.Single(log.Lines, l => l.Contains(AccessLog.Category, StringComparison.Ordinal));
        Assert.Contains(id, line, StringComparison.Ordinal);
        Assert.Contains("key_", line, StringComparison.Ordinal);
        Assert.Contains(" 404 ", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }
}
