using System.Globalization;
using System.Text;

namespace Gesso.Server.Tests.Metrics;

/// <param name="Name">With _bucket, _sum, _count of histograms.</param>
/// <param name="Labels">By name.</param>
/// <param name="Value">As read.</param>
internal sealed record PrometheusSample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);

/// <summary>Reads the text format as strictly as its specification is written; written apart from the writer, from the specification alone.</summary>
internal sealed class PrometheusParser
{
    private readonly Dictionary<string, string> _types = [];
    private readonly List<PrometheusSample> _samples = [];

    public IReadOnlyDictionary<string, string> Types => _types;

    public IReadOnlyList<PrometheusSample> Samples => _samples;

    /// <exception cref="FormatException">The line that breaks a rule.</exception>
    public static PrometheusParser Parse(string text)
    {
        PrometheusParser parser = new();
        Require(text.Length == 0 || text.EndsWith('\n'), "the last line must end with a line feed");
        string family = "";
        HashSet<string> closed = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string name = line.StartsWith("# ", StringComparison.Ordinal) ? parser.Comment(line) : parser.Sample(line);
            string owner = parser.FamilyOf(name);
            if (owner != family)
            {
                Require(closed.Add(owner), $"the lines of {owner} must stand together");
                family = owner;
            }
        }
        parser.CheckHistograms();
        return parser;
    }

    public double Value(string name, params (string Name, string Value)[] labels) => _samples
        .Where(s => s.Name == name && labels.All(l => s.Labels.GetValueOrDefault(l.Name) == l.Value)).Sum(s => s.Value);

    private string Comment(string line)
    {
        string[] parts = line.Split(' ', 4);
        Require(parts is ["#", "HELP" or "TYPE", _, _], line);
        if (parts[1] == "TYPE")
        {
            Require(parts[3] is "counter" or "gauge" or "histogram", line);
            Require(_types.TryAdd(parts[2], parts[3]), $"{parts[2]} has two types");
        }
        return parts[2];
    }

    private string Sample(string line)
    {
        int at = 0;
        while (at < line.Length && (char.IsAsciiLetterOrDigit(line[at]) || line[at] is '_' or ':'))
            at++;
        string name = line[..at];
        Require(name.Length > 0 && !char.IsAsciiDigit(name[0]), line);
        Dictionary<string, string> labels = [];
        if (line[at] == '{')
            at = Labels(line, at + 1, labels);
        Require(line[at] == ' ', line);
        string number = line[(at + 1)..];
        double value = number switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            "NaN" => double.NaN,
            _ => double.Parse(number, CultureInfo.InvariantCulture),
        };
        Require(_types.ContainsKey(FamilyOf(name)), $"{name} has no type");
        _samples.Add(new PrometheusSample(name, labels, value));
        return name;
    }

    private static int Labels(string line, int at, Dictionary<string, string> labels)
    {
        while (true)
        {
            int equals = line.IndexOf('=', at);
            string label = line[at..equals];
            Require(label.Length > 0 && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !char.IsAsciiDigit(label[0]), line);
            Require(line[equals + 1] == '"', line);
            StringBuilder value = new();
            at = equals + 2;
            for (; line[at] != '"'; at++)
            {
                if (line[at] == '\\')
                    value.Append(line[++at] switch { 'n' => '\n', '\\' => '\\', '"' => '"', _ => throw new FormatException(line) });
                else
                    value.Append(line[at]);
            }
            Require(labels.TryAdd(label, value.ToString()), $"label {label} twice: {line}");
            at++;
            if (line[at] == '}')
                return at + 1;
            Require(line[at] == ',', line);
            at++;
        }
    }

    private string FamilyOf(string name)
    {
        foreach (string suffix in new[] { "_bucket", "_sum", "_count" })
        {
            if (name.EndsWith(suffix, StringComparison.Ordinal) && _types.GetValueOrDefault(name[..^suffix.Length]) == "histogram")
                return name[..^suffix.Length];
        }
        return name;
    }

    private void CheckHistograms()
    {
        foreach (var (family, _) in _types.Where(t => t.Value == "histogram"))
        {
            foreach (var series in _samples.Where(s => s.Name == family + "_bucket").GroupBy(s => Key(s.Labels)))
            {
                double[] bounds = [.. series.Select(s => s.Labels["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(s.Labels["le"], CultureInfo.InvariantCulture))];
                double[] counts = [.. series.Select(s => s.Value)];
                Require(bounds.SequenceEqual(bounds.Order()) && double.IsPositiveInfinity(bounds[^1]), $"{family}: bounds rise to +Inf");
                Require(counts.SequenceEqual(counts.Order()), $"{family}: buckets are cumulative");
                Require(_samples.Single(s => s.Name == family + "_count" && Key(s.Labels) == series.Key).Value.Equals(counts[^1]), $"{family}: count equals the last bucket");
                Require(_samples.Count(s => s.Name == family + "_sum" && Key(s.Labels) == series.Key) == 1, $"{family}: one sum");
            }
        }
    }

    private static string Key(IReadOnlyDictionary<string, string> labels) => string.Join(
        '\n', labels.Where(l => l.Key != "le").OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new FormatException(what);
    }
}
