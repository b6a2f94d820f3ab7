using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Hosting;

public sealed class StopTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Terminated_server_lets_callers_wait_for_their_whole_grace_and_then_answers_them()
    {
        using TestFolder folder = new();
        await using var server = await GessoProcess.StartAsync(new ServeSetup
        {
            Data = folder.At("data"),
            Port = ServeSetup.FreePort(),
            Workers = 0,
            Configuration = new Dictionary<string, object>
            {
                ["models"] = new Dictionary<string, object> { ["endless"] = new { engine = "null", nullSteps = 1000, nullStepMilliseconds = 1000 } },
                // longer than a command without work of its own gets to end
                ["drain"] = new { grace = "00:00:07" },
            },
        });
        using HttpClient client = new() { BaseAddress = server.Url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Key);
        var held = client.PostAsJsonAsync("v1/images/generations", new { prompt = "x" }, Cancellation);
        while (!(await client.GetStringAsync("api/jobs", Cancellation)).Contains("running", StringComparison.Ordinal))
            await Task.Delay(50, Cancellation);

        int code = await server.StopAsync();
        using var answer = await held;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("server_stopping", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Equal(0, code);
    }
}
