namespace Gesso.Tokenizers.Files;

/// <summary>A <c>merges.txt</c>: one pair to a line, in order of rank.</summary>
internal static class MergesTxt
{
    /// <summary>Calls <paramref name="add"/> with both parts of each line, skipping the version line and empty lines.</summary>
    /// <exception cref="FormatException">A line has not two parts.</exception>
    public static void ForEach(ReadOnlySpan<char> text, Action<ReadOnlySpan<char>, ReadOnlySpan<char>> add)
    {
        for (var number = 1; !text.IsEmpty; number++)
        {
            var end = text.IndexOf('\n');
            var line = (end < 0 ? text : text[..end]).TrimEnd('\r');
            text = end < 0 ? [] : text[(end + 1)..];
            if (line.IsEmpty || line.StartsWith("#version"))
            {
                continue;
            }

            var space = line.IndexOf(' ');
            if (space <= 0 || space == line.Length - 1 || line[(space + 1)..].Contains(' '))
            {
                throw new FormatException($"line {number} is '{line}', expected two tokens and one space between them.");
            }

            add(line[..space], line[(space + 1)..]);
        }
    }
}
