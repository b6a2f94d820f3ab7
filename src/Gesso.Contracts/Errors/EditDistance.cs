namespace Gesso.Contracts.Errors;

/// <summary>How far a text is from another: for errors that ask "did you mean", and for texts that were read back.</summary>
public static class EditDistance
{
    /// <summary>Letters to change, insert or leave out until one is the other (Levenshtein).</summary>
    public static int Between(string a, string b) => Between<char>(a, b);

    /// <summary>The same of anything in a row.</summary>
    public static int Between<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
        where T : IEquatable<T>
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1].Equals(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
