using Gesso.Client;
using Gesso.Testing;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Studio;

/// <summary>
/// The front page in a real Chromium, against a real server that draws. Each case is a function in <c>cases-*.js</c>, has a key of its own and fails on any script
/// error, policy violation or request to another host. Screenshots are in <c>artifacts/studio</c>.
/// </summary>
public sealed class BrowserTests(StudioServer server) : IClassFixture<StudioServer>
{
    private static readonly string? s_chromium = new[] { Environment.GetEnvironmentVariable("GESSO_TEST_CHROMIUM"), "/usr/bin/chromium" }.FirstOrDefault(File.Exists);

    [Theory]
    [InlineData("generate-with-previews")]
    [InlineData("cancel-with-escape")]
    [InlineData("several-pictures")]
    [InlineData("repeat-and-vary")]
    [InlineData("start-from-pictures")]
    [InlineData("laid-text")]
    [InlineData("refusals-are-told")]
    [InlineData("reload-in-the-middle")]
    [InlineData("two-tabs")]
    [InlineData("other-programs")]
    [InlineData("server-restart")]
    [InlineData("sending-while-away")]
    [InlineData("wrong-key")]
    [InlineData("read-only-key")]
    [InlineData("long-gallery")]
    [InlineData("expired-addresses")]
    [InlineData("keyboard-only")]
    [InlineData("copied-code")]
    [InlineData("every-look")]
    public async Task Page_holds_when_somebody_does(string what)
    {
        Assert.SkipWhen(s_chromium is null, "chromium is not installed (Debian's package of that name; GESSO_TEST_CHROMIUM names another).");
        Assert.SkipWhen(NodeScript.Missing is not null, NodeScript.Missing ?? "");
        var cancellation = TestContext.Current.CancellationToken;
        var script = await NodeScript.PrepareAsync("tests/Gesso.EndToEnd.Tests/Studio", cancellation);
        string shots = Path.Combine(RepositoryRoot.Path, "artifacts", "studio");
        Directory.CreateDirectory(shots);

        string key = await server.NewKeyAsync(what);
        try
        {
            await script.TalkAsync("drive.js", [what, server.Url.AbsoluteUri, key, shots], AnswerAsync, cancellation);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"{e.Message}\nThe server's log:\n{server.Log}", e);
        }
    }

    private async Task<string> AnswerAsync(string question)
    {
        switch (question)
        {
            case "kill":
                await server.KillAsync();
                return "done";
            case "start":
                await server.StartAsync();
                return "done";
            case "key":
                return await server.NewKeyAsync("stranger");
            case "read-key":
                return await server.NewKeyAsync("onlooker", KeyRole.Read);
            default:
                throw new InvalidOperationException($"The script asks \"{question}\", which nobody answers.");
        }
    }
}
