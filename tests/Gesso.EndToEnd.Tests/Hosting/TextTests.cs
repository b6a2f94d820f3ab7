using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Recipes;
using Gesso.Engine.Text;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Hosting;

/// <summary>A whole server asked for words against <c>gesso generate</c> asked for the same.</summary>
public sealed class TextTests
{
    private const string Prompt = "a poster of a red apple in noto style with the title \"FRESH\" and the caption \"every day\"";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Words_come_over_http_as_they_come_on_the_command_line()
    {
        using TestFolder folder = new();
        await using var server = await GessoProcess.StartAsync(new ServeSetup { Data = folder.At("data"), Port = ServeSetup.FreePort(), Configuration = new Dictionary<string, object>() });
        using HttpClient client = new() { BaseAddress = server.Url, Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Key);

        var answer = (await PostAsync("v1/images/generations", new { prompt = Prompt, size = "128x128", gesso = new { seed = 7, steps = 2 } })).GetProperty("data")[0];

        byte[] served = answer.GetProperty("b64_json").GetBytesFromBase64();
        byte[] expected = await GenerateAsync(folder.At("expected.png"));
        Assert.Equal(ImageFiles.Decode(expected, "expected").Pixels, ImageFiles.Decode(served, "served").Pixels);
        Assert.Equal(TextPicture.ReadDocument(expected, "expected").Layers.Select(layer => layer.Text), TextPicture.ReadDocument(served, "served").Layers.Select(layer => layer.Text));
        Assert.Equal((Prompt, true), (RecipePng.Read(served, "served").Prompt, RecipePng.Read(served, "served").LaysWords));
        var text = answer.GetProperty("gesso").GetProperty("text");
        Assert.True(text.GetProperty("passed").GetBoolean());
        Assert.Equal(["FRESH", "every day"], text.GetProperty("document").GetProperty("layers").EnumerateArray().Select(layer => layer.GetProperty("text").GetString()));

        // the document of a picture, changed, is the text of another
        string document = text.GetProperty("document").GetRawText().Replace("FRESH", "RIPE", StringComparison.Ordinal);
        var changed = await PostAsync("v1/images/generations", new
        {
            prompt = "a red apple in noto style",
            size = "128x128",
            gesso = new { seed = 7, steps = 2, text = JsonDocument.Parse(document).RootElement },
        });
        string job = changed.GetProperty("gesso").GetProperty("job").GetString()!;
        var record = JsonDocument.Parse(await client.GetStringAsync($"api/jobs/{job}", Cancellation)).RootElement;
        Assert.Equal("RIPE", record.GetProperty("pictures")[0].GetProperty("text").GetProperty("document").GetProperty("layers")[0].GetProperty("text").GetString());
        Assert.Equal("RIPE", record.GetProperty("request").GetProperty("text").GetProperty("layers")[0].GetProperty("text").GetString());

        var bare = (await PostAsync("v1/images/generations", new { prompt = Prompt, size = "128x128", gesso = new { seed = 7, steps = 2, text = false } })).GetProperty("data")[0];
        Assert.False(bare.GetProperty("gesso").TryGetProperty("text", out _));
        Assert.False(TextPicture.TryReadDocument(bare.GetProperty("b64_json").GetBytesFromBase64(), out _));

        async Task<JsonElement> PostAsync(string path, object body)
        {
            using var answered = await client.PostAsJsonAsync(path, body, Cancellation);
            string said = await answered.Content.ReadAsStringAsync(Cancellation);
            Assert.True(answered.IsSuccessStatusCode, said);
            return JsonDocument.Parse(said).RootElement;
        }
    }

    private static async Task<byte[]> GenerateAsync(string file)
    {
        var info = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[GessoProcess.Program, "generate", Prompt, "--seed", "7", "--steps", "2", "--size", "128x128", "-o", file])
            info.ArgumentList.Add(argument);
        using var process = Process.Start(info)!;
        var said = process.StandardError.ReadToEndAsync(Cancellation);
        await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, await said);
        return await File.ReadAllBytesAsync(file, Cancellation);
    }
}
