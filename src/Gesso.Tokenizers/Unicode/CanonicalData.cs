using System.Globalization;

namespace Gesso.Tokenizers.Unicode;

/// <summary>
/// Decompositions, compositions and combining classes (canonical.txt; Unicode Standard Annex 15).
/// Read once, at the first text that needs them; texts below U+0300 never do.
/// </summary>
internal sealed class CanonicalData
{
    private static readonly Lazy<CanonicalData> Lazily = new(Read);

    private readonly Dictionary<int, (int First, int Second)> _decompositions = new(2100);
    private readonly Dictionary<(int First, int Second), int> _compositions = new(1000);
    private readonly Dictionary<int, byte> _classes = new(1000);

    private CanonicalData()
    {
    }

    public static CanonicalData Instance => Lazily.Value;

    /// <summary>Canonical combining class, 0 … 240; 0 = starter.</summary>
    public byte Class(int codePoint) => _classes.GetValueOrDefault(codePoint);

    /// <summary>One step of decomposition; <c>Second</c> is 0 when it is a single character.</summary>
    public bool TryDecompose(int codePoint, out (int First, int Second) parts) => _decompositions.TryGetValue(codePoint, out parts);

    public bool TryCompose(int first, int second, out int composed) => _compositions.TryGetValue((first, second), out composed);

    private static CanonicalData Read()
    {
        using var stream = typeof(CanonicalData).Assembly.GetManifestResourceStream("Gesso.Tokenizers.Unicode.canonical.txt")!;
        using var reader = new StreamReader(stream);
        var data = new CanonicalData();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('@'))
            {
                data.ReadClass(line);
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                data.ReadDecomposition(line);
            }
        }

        return data;
    }

    private void ReadDecomposition(ReadOnlySpan<char> line)
    {
        var sign = line.IndexOfAny('=', '>');
        var codePoint = Hex(line[..sign]);
        var parts = line[(sign + 1)..];
        var space = parts.IndexOf(' ');
        var (first, second) = space < 0 ? (Hex(parts), 0) : (Hex(parts[..space]), Hex(parts[(space + 1)..]));
        _decompositions.Add(codePoint, (first, second));
        if (line[sign] == '=')
        {
            _compositions.Add((first, second), codePoint);
        }
    }

    private void ReadClass(ReadOnlySpan<char> line)
    {
        var value = (byte)0;
        foreach (var part in line.Split(' '))
        {
            var field = line[part];
            if (field[0] == '@')
            {
                value = byte.Parse(field[1..], CultureInfo.InvariantCulture);
                continue;
            }

            var dash = field.IndexOf('-');
            var last = Hex(dash < 0 ? field : field[(dash + 1)..]);
            for (var codePoint = Hex(dash < 0 ? field : field[..dash]); codePoint <= last; codePoint++)
            {
                _classes.Add(codePoint, value);
            }
        }
    }

    private static int Hex(ReadOnlySpan<char> digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
