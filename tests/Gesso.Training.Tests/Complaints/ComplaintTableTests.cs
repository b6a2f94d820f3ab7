using System.Text.RegularExpressions;
using Gesso.Testing;

namespace Gesso.Training.Tests.Complaints;

/// <summary>The table of complaints names tests that exist, or says why there is none.</summary>
public sealed partial class ComplaintTableTests
{
    private const int Complaints = 20;

    private static readonly string s_tests = Path.Combine(GoldenFolder.Checkout, "tests");

    [Fact]
    public void Every_complaint_has_tests_that_are_there_or_a_reason()
    {
        var rows = File.ReadLines(Path.Combine(s_tests, "Gesso.Training.Tests", "Complaints", "README.md"))
            .Select(line => Row().Match(line)).Where(m => m.Success).Select(m => (Number: int.Parse(m.Groups[1].Value), Tests: m.Groups[2].Value)).ToList();
        Assert.Equal(Enumerable.Range(1, Complaints), rows.Select(r => r.Number));
        var sources = Directory.EnumerateFiles(s_tests, "*Tests.cs", SearchOption.AllDirectories).ToLookup(f => Path.GetFileNameWithoutExtension(f)!, File.ReadAllText);

        foreach (var (number, tests) in rows)
        {
            var named = Test().Matches(tests).Select(m => (Class: m.Groups[1].Value, Method: m.Groups[2].Value)).ToList();
            Assert.True(named.Count > 0 || tests.StartsWith("does not apply: ", StringComparison.Ordinal), $"complaint {number}: {tests}");
            Assert.All(named, t => Assert.True(
                sources[t.Class].Any(text => Regex.IsMatch(text, $@"public (async Task|void) {t.Method}\(")), $"complaint {number}: there is no test {t.Class}.{t.Method}"));
        }
    }

    [GeneratedRegex(@"^\| (\d+) \| [^|]+ \| (.+) \|$")]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex Test();
}
