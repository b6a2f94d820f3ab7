using System.Buffers.Binary;
using System.Net;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>Models whose files are damaged, beside one that is whole.</summary>
public sealed class CorruptModelTests
{
    private const string Weights = "transformer/diffusion_pytorch_model.safetensors";

    private static readonly Dictionary<string, Func<byte[], byte[]>> Damages = new()
    {
        ["flipped"] = file =>
        {
            for (int i = 8; i < 64; i++)
                file[i] ^= 0x55;
            return file;
        },
        ["truncated"] = file => file[..(file.Length / 2)],
        ["long-header"] = file =>
        {
            BinaryPrimitives.WriteInt64LittleEndian(file, 100_000_000);
            return file;
        },
        ["empty"] = _ => [],
    };

    [Fact]
    public async Task Damaged_models_are_told_of_and_the_worker_goes_on_with_others()
    {
        using var folder = new TestFolder();
        string whole = Path.Combine(RepositoryRoot.Path, "models", "gesso-mini");
        Dictionary<string, object> models = new() { ["gesso-mini"] = new { } };
        foreach (var (name, damage) in Damages)
        {
            string path = Path.Combine(folder.Copy(whole, name), Weights);
            File.WriteAllBytes(path, damage(File.ReadAllBytes(path)));
            models[name] = new { path = folder.At(name) };
        }
        string later = folder.Copy(whole, "later");
        models["later"] = new { path = later };
        await using var server = await GessoProcess.StartAsync(FaultSetup.In(folder.At("data"), ("models", models), ("defaultModel", "gesso-mini")));
        using var client = new DirectClient(server.Url, server.Key);

        // sent before any worker has looked at the files: it waits, and ends with the reason or is refused with it
        var early = await client.SubmitAsync(new { prompt = "p", model = "flipped", size = "64x64", steps = 2, deadline_seconds = 60 });
        await client.WorkersAsync(1);
        int worker = server.WorkerProcessId()!.Value;
        foreach (string name in Damages.Keys)
        {
            var answer = await DirectClient.UntilAsync(
                $"refusal of {name}", () => client.SubmitAsync(new { prompt = "p", model = name, size = "64x64", steps = 2 }), a => a.Status != HttpStatusCode.Accepted);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "model_unavailable"), (answer.Status, answer.ErrorCode));
            Assert.Contains(Weights.Split('/')[^1], answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", answer.Text, StringComparison.Ordinal);
        }
        Assert.Equal("succeeded", (await client.EndAsync(await client.AcceptedAsync(FaultSetup.Short()))).GetProperty("state").GetString());

        // damaged after it was found whole
        string weights = Path.Combine(later, Weights);
        File.WriteAllBytes(weights, Damages["truncated"](File.ReadAllBytes(weights)));
        var failed = await client.EndAsync(await client.AcceptedAsync(new { prompt = "p", model = "later", size = "64x64", steps = 2 }));
        Assert.Equal(("failed", "model_unavailable"), (failed.GetProperty("state").GetString(), failed.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal(1, failed.GetProperty("attempt").GetInt32());

        if (early.Status == HttpStatusCode.Accepted)
        {
            var end = await client.EndAsync(early.Json.GetProperty("id").GetString()!);
            Assert.Equal("failed", end.GetProperty("state").GetString());
            Assert.Equal("model_unavailable", end.GetProperty("error").GetProperty("code").GetString());
        }
        Assert.Equal("succeeded", (await client.EndAsync(await client.AcceptedAsync(FaultSetup.Short(2)))).GetProperty("state").GetString());
        Assert.Equal(worker, server.WorkerProcessId());
    }
}
