namespace Gesso.Torch.Weights;

/// <summary>How stored tensors become one canonical parameter.</summary>
public enum RowLayout
{
    /// <summary>One stored tensor, as it is.</summary>
    Same,

    /// <summary>Several stored tensors, rows one under another (q, k, v → qkv).</summary>
    Stacked,

    /// <summary>The second half of the rows first (diffusers stores scale, shift where BFL has shift, scale).</summary>
    SwappedHalves,
}

/// <summary>
/// One line of a weight map. Names are dot-separated; <c>{n}</c> stands for a number and carries over; the last segment of a canonical
/// name (<c>weight</c>, <c>bias</c>) carries over when the pattern ends in <c>.*</c>.
/// </summary>
/// <param name="Canonical">Name in the network's own code.</param>
/// <param name="Layout">What to do with the sources.</param>
/// <param name="Sources">Stored names; for <see cref="RowLayout.Same"/> alternatives in order of preference.</param>
public sealed record WeightRule(string Canonical, RowLayout Layout, params string[] Sources)
{
    public static WeightRule Same(string canonical, params string[] alternatives) => new(canonical, RowLayout.Same, alternatives);
}

/// <summary>The names of one checkpoint dialect, written as a table from canonical names to stored ones.</summary>
public sealed class WeightMap
{
    private readonly (string[] Pattern, WeightRule Rule)[] _rules;

    public WeightMap(string dialect, params WeightRule[] rules)
    {
        Dialect = dialect;
        _rules = [.. rules.Select(r => (r.Canonical.Split('.'), r))];
    }

    public string Dialect { get; }

    /// <summary>Canonical names are stored names.</summary>
    public static WeightMap Identity(string dialect) => new(dialect);

    /// <summary>The layout and stored names of a canonical parameter; a name without a rule stands for itself.</summary>
    public (RowLayout Layout, string[] Sources) Resolve(string canonical)
    {
        string[] segments = canonical.Split('.');
        foreach (var (pattern, rule) in _rules)
        {
            if (Match(pattern, segments) is { } captured)
                return (rule.Layout, [.. rule.Sources.Select(s => Fill(s, captured))]);
        }
        return (RowLayout.Same, [canonical]);
    }

    private static List<string>? Match(string[] pattern, string[] segments)
    {
        if (pattern.Length != segments.Length)
            return null;
        List<string> captured = [];
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == "{n}" ? segments[i].All(char.IsAsciiDigit) : pattern[i] == "*")
                captured.Add(segments[i]);
            else if (pattern[i] != segments[i])
                return null;
        }
        return captured;
    }

    private static string Fill(string source, List<string> captured)
    {
        string[] segments = source.Split('.');
        int next = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            if (segments[i] is "{n}" or "*")
                segments[i] = captured[next++];
        }
        return string.Join('.', segments);
    }
}
