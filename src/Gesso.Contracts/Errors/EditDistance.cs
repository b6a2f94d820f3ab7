namespace Gesso.Contracts.Errors;

/// <summary>How far a name is from another, for errors that ask "did you mean".</summary>
public static class EditDistance
{
    /// <summary>The name that was probably meant, whatever its case; null: none is near.</summary>
    public static string? Closest(string wanted, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        string small = wanted.ToLowerInvariant();
        var best = names.Select(name => (Name: name, Distance: Between(small, name.ToLowerInvariant()))).OrderBy(n => n.Distance).FirstOrDefault();
        return best.Name is not null && best.Distance <= Math.Max(1, wanted.Length / 3) ? best.Name : null;
    }

    /// <summary>Letters to change, insert or leave out until one is the other (Levenshtein).</summary>
    public static int Between(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
