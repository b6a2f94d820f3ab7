using System.Diagnostics;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Studio;

/// <summary>The page's modules without a browser: their unit tests under node, their types under TypeScript.</summary>
public sealed class ModuleTests
{
    private const string Folder = "tests/Gesso.EndToEnd.Tests/Studio";

    [Fact]
    public async Task Pure_modules_pass_their_tests_under_node()
    {
        Assert.SkipWhen(NodeScript.Missing is not null, NodeScript.Missing ?? "");
        string[] tests = [.. Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Path, Folder, "unit"), "*.test.js").Order(StringComparer.Ordinal)];
        Assert.NotEmpty(tests);

        var (code, output) = await NodeAsync(["--test", .. tests]);

        Assert.True(code == 0, output);
        Assert.Contains("fail 0", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Types_of_all_modules_hold()
    {
        Assert.SkipWhen(NodeScript.Missing is not null, NodeScript.Missing ?? "");
        var script = await NodeScript.PrepareAsync(Folder, TestContext.Current.CancellationToken);

        await script.RunAsync("node_modules/typescript/bin/tsc", arguments: ["--project", "tsconfig.json"], cancellation: TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Markup_holds_no_inline_script_and_no_inline_style()
    {
        string html = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "src", "Gesso.Studio", "wwwroot", "index.html"));

        Assert.DoesNotContain("<style", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("style=", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(@"(?i)\son\w+=", html);
        Assert.DoesNotMatch(@"(?i)<script(?![^>]*\ssrc=)", html);
        Assert.DoesNotMatch("(?i)(src|href)=\"(https?:)?//", html);
    }

    private static async Task<(int Code, string Output)> NodeAsync(IReadOnlyList<string> arguments)
    {
        ProcessStartInfo info = new("node", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }
}
