using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Gesso.Diffusion.Imaging;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Hosting;

/// <summary>A whole server with an adapter against <c>gesso generate</c> with the same one.</summary>
public sealed class AdapterTests
{
    private const string Prompt = "a red apple in noto style";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Adapter_draws_over_http_what_it_draws_on_the_command_line()
    {
        using TestFolder folder = new();
        string adapters = Directory.CreateDirectory(folder.At("adapters")).FullName;
        BundledAdapter.Write(Path.Combine(adapters, "brand.safetensors"), 1, trigger: "acme style");
        await using var server = await GessoProcess.StartAsync(new ServeSetup
        {
            Data = folder.At("data"),
            Port = ServeSetup.FreePort(),
            Configuration = new Dictionary<string, object> { ["adapters"] = adapters },
        });
        using HttpClient client = new() { BaseAddress = server.Url, Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.Key);
        while (!(await client.GetStringAsync("api/adapters", Cancellation)).Contains("acme style", StringComparison.Ordinal))
            await Task.Delay(100, Cancellation);

        byte[] bare = await OpenAiAsync(new { seed = 7, steps = 4 });
        byte[] served = await OpenAiAsync(new { seed = 7, steps = 4, adapters = "brand:0.8" });
        var dialect = await PostAsync("sdapi/v1/txt2img", new { prompt = Prompt + " <lora:brand:0.8>", seed = 7, steps = 4, width = 64, height = 64 });
        var unknown = await client.PostAsJsonAsync("v1/images/generations", new { prompt = Prompt, gesso = new { adapters = "brnad" } }, Cancellation);

        byte[] expected = Pixels(await GenerateAsync(folder.At("expected.png"), adapters));
        Assert.Equal(expected, served);
        Assert.Equal(expected, Pixels(dialect.GetProperty("images")[0].GetBytesFromBase64()));
        Assert.NotEqual(expected, bare);
        string refusal = await unknown.Content.ReadAsStringAsync(Cancellation);
        Assert.Contains("Did you mean brand?", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(adapters, refusal, StringComparison.Ordinal);

        async Task<byte[]> OpenAiAsync(object gesso) =>
            Pixels((await PostAsync("v1/images/generations", new { prompt = Prompt, size = "64x64", gesso })).GetProperty("data")[0].GetProperty("b64_json").GetBytesFromBase64());

        async Task<JsonElement> PostAsync(string path, object body)
        {
            using var answer = await client.PostAsJsonAsync(path, body, Cancellation);
            string text = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.True(answer.IsSuccessStatusCode, text);
            return JsonDocument.Parse(text).RootElement;
        }
    }

    private static async Task<byte[]> GenerateAsync(string file, string adapters)
    {
        var info = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[GessoProcess.Program, "generate", Prompt, "--seed", "7", "--steps", "4", "--size", "64x64", "--lora", "brand:0.8", "-o", file])
            info.ArgumentList.Add(argument);
        info.Environment["GESSO_ADAPTERS"] = adapters;
        using var process = Process.Start(info)!;
        var said = process.StandardError.ReadToEndAsync(Cancellation);
        await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, await said);
        return await File.ReadAllBytesAsync(file, Cancellation);
    }

    private static byte[] Pixels(byte[] file) => ImageFiles.Decode(file, "picture").Pixels;
}
