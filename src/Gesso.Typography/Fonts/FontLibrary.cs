using System.Collections.Concurrent;
using System.Reflection;
using Gesso.Contracts.Errors;
using Gesso.Typography.Document;

namespace Gesso.Typography.Fonts;

/// <summary>
/// The fonts that texts are set in: those that come with Gesso, those that were added, and, by name only, those of the system, so that a picture looks the same
/// on every machine unless its document asks for a font of one. Faces are opened once and shared by threads.
/// </summary>
public sealed class FontLibrary : IDisposable
{
    private readonly ConcurrentDictionary<(string File, int Index, int Weight), Lazy<FontFace>> _faces = new();
    private readonly Lazy<IReadOnlyList<FontEntry>> _installed;
    private readonly Lazy<IReadOnlyList<FontEntry>> _system;

    /// <param name="folders">Of added fonts.</param>
    /// <param name="systemFolders">Of the operating system's fonts.</param>
    public FontLibrary(IReadOnlyList<string> folders, IReadOnlyList<string> systemFolders)
    {
        _installed = new(() => [.. folders.SelectMany(folder => FontFolders.Scan(folder, FontSource.Installed))]);
        _system = new(() => [.. systemFolders.SelectMany(folder => FontFolders.Scan(folder, FontSource.System))]);
    }

    /// <summary>The library of this process.</summary>
    public static FontLibrary Default { get; } = new(FontFolders.Installed, FontFolders.System);

    public IReadOnlyList<FontEntry> Bundled { get; } = ReadBundled();

    public IReadOnlyList<FontEntry> Installed => _installed.Value;

    /// <summary>Scanned when first asked for.</summary>
    public IReadOnlyList<FontEntry> System => _system.Value;

    /// <summary>Whether a document's font is a file rather than a family.</summary>
    public static bool IsFile(string familyOrFile) => FontFolders.IsFontName(familyOrFile);

    /// <summary>The face of a family (or of a font file) that is nearest to a weight and slant.</summary>
    /// <exception cref="GessoException"><c>font_not_found</c>, with the nearest names.</exception>
    public FontFace Face(string familyOrFile, int weight = LayerFont.Regular, bool italic = false)
    {
        IReadOnlyList<FontEntry> entries = IsFile(familyOrFile) ? OfFile(familyOrFile) : OfFamily(familyOrFile);
        return entries.Count > 0 ? Open(Nearest(entries, weight, italic), weight) : throw NotFound(familyOrFile);
    }

    /// <summary>A face of the family if it is bundled or installed.</summary>
    public FontFace? TryFace(string family, int weight, bool italic)
    {
        List<FontEntry> entries = [.. Bundled.Concat(Installed).Where(e => e.IsNamed(family))];
        return entries.Count > 0 ? Open(Nearest(entries, weight, italic), weight) : null;
    }

    /// <summary>Each family that is bundled or installed, in the face nearest to a weight and slant.</summary>
    internal IEnumerable<FontFace> Every(int weight, bool italic) =>
        Bundled.Concat(Installed).GroupBy(e => e.Families[0], StringComparer.OrdinalIgnoreCase).Select(family => Open(Nearest([.. family], weight, italic), weight));

    /// <summary>A face of the family, looked for in the system too.</summary>
    internal FontFace? TryAnywhere(string family, int weight) => OfFamily(family) is { Count: > 0 } entries ? Open(Nearest(entries, weight, italic: false), weight) : null;

    public void Dispose()
    {
        foreach (var face in _faces.Values)
        {
            if (face.IsValueCreated)
                face.Value.Dispose();
        }
        _faces.Clear();
    }

    private FontFace Open(FontEntry entry, int weight) =>
        _faces.GetOrAdd((entry.File, entry.FaceIndex, entry.WeightRange is null ? entry.Weight : weight), _ => new Lazy<FontFace>(() => FontFace.Open(entry, weight))).Value;

    private List<FontEntry> OfFamily(string family)
    {
        foreach (var place in (Func<IReadOnlyList<FontEntry>>[])[() => Bundled, () => Installed, () => System])
        {
            List<FontEntry> named = [.. place().Where(e => e.IsNamed(family))];
            if (named.Count > 0)
                return named;
        }
        return [];
    }

    private static IReadOnlyList<FontEntry> OfFile(string file)
    {
        if (!File.Exists(file))
            throw GessoException.Invalid("font_not_found", $"There is no font file {file}.");
        return FontFolders.Entries(file, FontSource.File) is { Count: > 0 } entries
            ? entries
            : throw GessoException.Invalid("font_unreadable", $"{file} cannot be opened as a font: expected an undamaged TTF, OTF or TTC file.");
    }

    /// <summary>The right slant first, then the nearest weight; of two as near, the bolder one for bold and the lighter one for light, as CSS prescribes.</summary>
    private static FontEntry Nearest(IReadOnlyList<FontEntry> entries, int weight, bool italic) => entries
        .OrderBy(e => e.Italic == italic ? 0 : 1)
        .ThenBy(e => Distance(e, weight))
        .ThenBy(e => weight > 500 ? -e.Weight : e.Weight)
        .First();

    private static float Distance(FontEntry entry, int weight) => entry.WeightRange is { } range
        ? weight < range.Least ? range.Least - weight : weight > range.Most ? weight - range.Most : 0
        : Math.Abs(entry.Weight - weight);

    private GessoException NotFound(string family)
    {
        var families = Bundled.Concat(Installed).Concat(System).Select(e => e.Families[0]);
        string hint = EditDistance.Closest(family, families) is { } near ? $"Near: {near}." : $"Bundled: {string.Join(", ", Bundled.Select(e => e.Families[0]).Distinct())}.";
        return GessoException.Invalid("font_not_found", $"There is no font family \"{family}\". {hint} `gesso fonts list` shows all, `gesso fonts add FILE` adds one.");
    }

    private static List<FontEntry> ReadBundled()
    {
        var assembly = Assembly.GetExecutingAssembly();
        List<FontEntry> entries = [];
        foreach (string name in assembly.GetManifestResourceNames().Where(n => n.StartsWith("fonts/", StringComparison.Ordinal) && FontFolders.IsFontName(n)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            entries.AddRange(SfntHeader.ReadAll(stream).Select((face, i) => new FontEntry(face.Families, face.Weight, face.Italic, face.WeightRange, name, i, FontSource.Bundled)));
        }
        return entries;
    }
}
