using System.Buffers;

namespace Gesso.Tokenizers.Files;

/// <summary>Merges by name → merges by id.</summary>
internal sealed class MergeList(Dictionary<string, int> vocabulary)
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();

    public List<(int Left, int Right, int Merged)> Pairs { get; } = new(capacity: 1024);

    /// <summary>Adds the next pair; the vocabulary must hold both parts and what they join to.</summary>
    /// <exception cref="FormatException">It does not.</exception>
    public void Add(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        var length = left.Length + right.Length;
        var rented = ArrayPool<char>.Shared.Rent(length);
        left.CopyTo(rented);
        right.CopyTo(rented.AsSpan(left.Length));
        Pairs.Add((IdOf(left), IdOf(right), IdOf(rented.AsSpan(0, length))));
        ArrayPool<char>.Shared.Return(rented);
    }

    /// <summary>Calls <paramref name="add"/> with the two parts of each line of a merges.txt, skipping its version line and empty lines.</summary>
    /// <exception cref="FormatException">A line has not two parts.</exception>
    public static void ForEachLine(ReadOnlySpan<char> mergesTxt, Action<ReadOnlySpan<char>, ReadOnlySpan<char>> add)
    {
        var number = 0;
        foreach (var range in mergesTxt.Split('\n'))
        {
            number++;
            var line = mergesTxt[range].TrimEnd('\r');
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

    private int IdOf(ReadOnlySpan<char> token) => _ids.TryGetValue(token, out var id)
        ? id
        : throw new FormatException($"merge {Pairs.Count + 1} needs the token '{token}', which the vocabulary lacks.");
}
