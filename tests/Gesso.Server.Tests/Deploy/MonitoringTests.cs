using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gesso.Server.Tests.Deploy;

/// <summary>Rules and board speak of metrics that exist.</summary>
public sealed partial class MonitoringTests
{
    private static readonly HashSet<string> Labels = ["process", "model", "outcome", "state", "stage", "route", "method", "status", "le", "job", "instance"];

    [Fact]
    public void Every_expression_names_metrics_that_the_sources_make()
    {
        var known = DeployFiles.MetricsInSources();
        var expressions = Expressions().ToList();

        Assert.True(expressions.Count > 40, "rules and board are read");
        Assert.DoesNotContain(expressions.SelectMany(e => MetricName().Matches(e).Select(m => m.Value)), name => !Exists(name, known));
    }

    [Fact]
    public void Every_metric_of_the_sources_is_in_the_table_and_on_the_board()
    {
        string table = DeployFiles.Read("prometheus", "README.md");
        string board = DeployFiles.Read("grafana", "gesso.json");
        var metrics = DeployFiles.MetricsInSources();

        Assert.DoesNotContain(metrics, name => !table.Contains($"`{name}`", StringComparison.Ordinal));
        Assert.DoesNotContain(metrics, name => name.StartsWith("gesso_", StringComparison.Ordinal) && !board.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_label_of_an_expression_is_one_that_metrics_carry()
    {
        var used = Expressions().SelectMany(e => Grouping().Matches(e).SelectMany(m => m.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Concat(Matcher().Matches(e).Select(m => m.Groups[1].Value)));

        Assert.Empty(used.Distinct().Except(Labels));
    }

    [Fact]
    public void Sums_over_processes_take_the_maximum_of_each_first()
    {
        // several servers show the same workers: a plain sum would count them twice. Requests and webhooks belong to one server each.
        string[] own = ["gesso_http_", "gesso_webhook_", "gesso_jobs_removed", "gesso_file"];
        var wrong = Expressions().Where(e => Sum().IsMatch(e) && !e.Contains("max by (", StringComparison.Ordinal)
            && MetricName().Matches(e).Any(m => !own.Any(o => m.Value.StartsWith(o, StringComparison.Ordinal))));

        Assert.Empty(wrong);
    }

    [Fact]
    public void Rules_are_whole()
    {
        var root = Assert.Single(DeployFiles.Yaml(Path.Combine(DeployFiles.Root, "prometheus", "alerts.yaml")));
        var alerts = DeployFiles.Values(root, "alert").ToList();

        Assert.Equal(alerts.Count, alerts.Distinct().Count());
        Assert.Equal(alerts.Count, DeployFiles.Values(root, "expr").Count());
        Assert.Equal(alerts.Count, DeployFiles.Values(root, "summary").Count());
        Assert.All(DeployFiles.Values(root, "severity"), s => Assert.Contains(s, new[] { "page", "warn" }));
        string operations = File.ReadAllText(Path.Combine(Testing.RepositoryRoot.Path, "docs", "operations.md"));
        Assert.DoesNotContain(alerts, alert => !operations.Contains(alert, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Expressions() =>
    [
        .. DeployFiles.Yaml(Path.Combine(DeployFiles.Root, "prometheus", "alerts.yaml")).SelectMany(root => DeployFiles.Values(root, "expr")),
        .. DeployFiles.Values(JsonDocument.Parse(DeployFiles.Read("grafana", "gesso.json")).RootElement, "expr"),
    ];

    private static bool Exists(string name, IReadOnlySet<string> known) =>
        known.Contains(name) || new[] { "_bucket", "_sum", "_count" }.Any(s => name.EndsWith(s, StringComparison.Ordinal) && known.Contains(name[..^s.Length]));

    [GeneratedRegex(@"\b(?:gesso|process|dotnet)_[a-z0-9_]+\b")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"\b(?:by|on) ?\(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"[{,]\s*([a-z_]+)\s*(?:=~|!=|=|!~)")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\bsum\b")]
    private static partial Regex Sum();
}
