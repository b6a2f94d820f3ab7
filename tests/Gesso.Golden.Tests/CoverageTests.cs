using Gesso.Testing;

namespace Gesso.Golden.Tests;

public sealed class CoverageTests(ITestOutputHelper output)
{
    [Fact]
    public void Golden_folders_are_found()
    {
        Assert.NotEmpty(GoldenFolder.All);
        Assert.Contains(GoldenFolder.All.SelectMany(f => f.Cases), Coverage.Covers);
    }

    [Fact]
    public void Cases_without_an_implementation_are_named()
    {
        foreach (var group in GoldenFolder.All.SelectMany(f => f.Cases).Where(c => !Coverage.Covers(c)).GroupBy(c => (c.Folder.Label, c.Area)))
        {
            string line = $"not covered: {group.Key.Label} {group.Key.Area}: {string.Join(", ", group.Select(c => c.Name))}";
            output.WriteLine(line);
            TestContext.Current.SendDiagnosticMessage(line);
        }
        // every case is either run by a theory of its kind or named above: no kind may fall between
        string[] run = ["pipeline", "velocity", "lora-velocity", "text", "vae", "training"];
        Assert.All(GoldenFolder.All.SelectMany(f => f.Cases).Where(Coverage.Covers), c => Assert.Contains(c.Kind, run));
    }
}
