using System.Diagnostics;
using System.Text.Json;
using Gesso.Testing;
using Gesso.Testing.Server;

namespace Gesso.Server.Tests.Sdk;

/// <summary>One run of <c>js/cases.mjs</c>: the official JavaScript SDK, installed by its lock file below <c>artifacts</c>, against a server of its own.</summary>
public sealed class JsSdk : IAsyncLifetime
{
    private static readonly string s_source = Path.Combine(RepositoryRoot.Path, "tests", "Gesso.Server.Tests", "js");
    private static readonly string s_folder = Path.Combine(RepositoryRoot.Path, "artifacts", "js", "openai");

    /// <summary>Why there are no results; null: there are.</summary>
    public string? Missing { get; private set; }

    /// <summary>For each case nothing, or what went wrong.</summary>
    public IReadOnlyDictionary<string, string?> Results { get; private set; } = new Dictionary<string, string?>();

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(s_folder);
        foreach (string file in Directory.EnumerateFiles(s_source))
            File.Copy(file, Path.Combine(s_folder, Path.GetFileName(file)), overwrite: true);
        Missing = await InstallAsync();
        if (Missing is not null)
            return;
        await using var server = await ServerFixture.StartAsync();
        string pictures = JsonSerializer.Serialize(new { picture = TestPictures.Png(64, 64), mask = TestPictures.Mask(64, 64) });
        var (code, output, errors) = await RunAsync("node", ["cases.mjs", server.Url.GetLeftPart(UriPartial.Authority), server.Key], ("GESSO_TEST_PICTURES", pictures));
        Assert.True(code == 0, $"node ended with {code}: {errors}");
        Results = JsonDocument.Parse(output).RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ValueKind == JsonValueKind.True ? null : p.Value.GetString());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Null: the SDK is there.</summary>
    private static async Task<string?> InstallAsync()
    {
        try
        {
            if ((await RunAsync("node", ["--version"])).Code != 0)
                return "node does not run.";
            string stamp = Path.Combine(s_folder, "installed"), wanted = await File.ReadAllTextAsync(Path.Combine(s_folder, "package-lock.json"));
            if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
                return null;
            var (code, _, errors) = await RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
            if (code != 0)
                return $"npm could not install the SDK: {errors}";
            await File.WriteAllTextAsync(stamp, wanted);
            return null;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"node or npm is not installed: {e.Message}";
        }
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = s_folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using CancellationTokenSource late = new(TimeSpan.FromMinutes(3));
        var output = process.StandardOutput.ReadToEndAsync(late.Token);
        var errors = process.StandardError.ReadToEndAsync(late.Token);
        try
        {
            await process.WaitForExitAsync(late.Token);
            return (process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
