using System.Diagnostics;
using System.Text.RegularExpressions;
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

    [Fact]
    public void Markup_loads_every_module_at_once()
    {
        string root = Path.Combine(RepositoryRoot.Path, "src", "Gesso.Studio", "wwwroot");
        string html = File.ReadAllText(Path.Combine(root, "index.html"));
        string[] modules = [.. Directory.EnumerateFiles(Path.Combine(root, "app"), "*.js", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(file => file is not ("app/main.js" or "app/connection/types.js")) // the script itself; types only
            .Order(StringComparer.Ordinal)];

        Assert.Equal(modules, Regex.Matches(html, "modulepreload\" href=\"([^\"]+)\"").Select(match => match.Groups[1].Value));
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
