using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>Clients that hardly read what they asked for.</summary>
public sealed class SlowClientTests(ITestOutputHelper output)
{
    private const int Slow = 8;
    private const long Allowance = 128L << 20;

    [Fact]
    public async Task Clients_that_hardly_read_cost_nobody_else_anything()
    {
        using var folder = new TestFolder();
        await using var server = await GessoProcess.StartAsync(FaultSetup.In(folder.Path, ("worker", new { }), ("models", new Dictionary<string, object>
        {
            ["gesso-mini"] = new { },
            ["steps"] = new { engine = "null", nullSteps = 200, nullStepMilliseconds = 20 },
        })));
        using var client = new DirectClient(server.Url, server.Key);
        await client.WorkersAsync(1);
        _ = await client.EndAsync(await client.AcceptedAsync(FaultSetup.Short()));
        long before = ProcessSignals.ResidentBytes(server.ProcessId);

        List<Socket> sockets = [];
        using CancellationTokenSource reading = new();
        try
        {
            string streamed = await client.AcceptedAsync(new { prompt = "watched by nobody who reads", model = "steps", n = 4, size = "512x512" });
            for (int i = 0; i < Slow; i++)
            {
                sockets.Add(await AskAsync(server, "POST", "/v1/images/generations", new { prompt = $"four at {i}", model = "gesso-mini", n = 4, size = "64x64", gesso = new { steps = 4, seed = i } }));
                sockets.Add(await AskAsync(server, "GET", $"/api/jobs/{streamed}/events", null));
            }
            var drips = sockets.Where((_, i) => i % 2 == 0).Select(s => DripAsync(s, reading.Token)).ToList();

            // the jobs of the slow ones end although nobody reads, and others are answered meanwhile
            for (int i = 0; i < 5; i++)
                Assert.Equal("succeeded", (await client.EndAsync(await client.AcceptedAsync(FaultSetup.Short(i)))).GetProperty("state").GetString());
            var list = await DirectClient.UntilAsync(
                "the end of all jobs",
                async () => (await client.GetAsync("api/jobs?limit=100")).Json.GetProperty("data"),
                jobs => jobs.EnumerateArray().All(j => j.GetProperty("state").GetString() is not ("queued" or "running")));
            Assert.All(list.EnumerateArray(), job => Assert.Equal("succeeded", job.GetProperty("state").GetString()));
            Assert.Equal(Slow + 7, list.GetArrayLength());

            long growth = ProcessSignals.ResidentBytes(server.ProcessId) - before;
            output.WriteLine($"{growth >> 20} MiB more than before");
            Assert.InRange(growth, long.MinValue, Allowance);
            await reading.CancelAsync();
            await Task.WhenAll(drips);
        }
        catch
        {
            output.WriteLine(server.Log);
            throw;
        }
        finally
        {
            sockets.ForEach(s => s.Dispose());
        }
        Assert.True((await client.GetAsync("api/status")).IsSuccess);
    }

    /// <summary>Sends a request over a connection with room for almost nothing.</summary>
    private static async Task<Socket> AskAsync(GessoProcess server, string method, string path, object? body)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 1024 };
        await socket.ConnectAsync(server.Url.Host, server.Url.Port);
        string content = body is null ? "" : JsonSerializer.Serialize(body);
        string head = $"{method} {path} HTTP/1.1\r\nHost: {server.Url.Authority}\r\nAuthorization: Bearer {server.Key}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {content.Length}\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(head + content));
        return socket;
    }

    /// <summary>A byte a second until told to end, or the server has had enough.</summary>
    private static async Task DripAsync(Socket socket, CancellationToken end)
    {
        byte[] one = new byte[1];
        try
        {
            while (await socket.ReceiveAsync(one, end) > 0)
                await Task.Delay(TimeSpan.FromSeconds(1), end);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // either is allowed
        }
    }
}
