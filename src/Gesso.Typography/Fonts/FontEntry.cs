namespace Gesso.Typography.Fonts;

/// <summary>A font that can be opened.</summary>
/// <param name="Families">Names it is called by.</param>
/// <param name="Weight">1 … 1000</param>
/// <param name="WeightRange">Of a variable font.</param>
/// <param name="File">Where it is; of a bundled one, the name inside the program.</param>
/// <param name="FaceIndex">In a collection.</param>
/// <param name="Source">Who brought it.</param>
public sealed record FontEntry(
    IReadOnlyList<string> Families, int Weight, bool Italic, (float Least, float Most)? WeightRange, string File, int FaceIndex, FontSource Source)
{
    /// <summary>"Noto Sans Bold Italic", "Inter 100-900"</summary>
    public string Title => $"{Families[0]} {Style}";

    public string Style => WeightRange is { } range
        ? $"{range.Least}-{range.Most}{(Italic ? " Italic" : "")}"
        : (Weight, Italic) switch
        {
            (400, false) => "Regular",
            (400, true) => "Italic",
            (700, false) => "Bold",
            (700, true) => "Bold Italic",
            _ => $"{Weight}{(Italic ? " Italic" : "")}",
        };

    public bool IsNamed(string family) => Families.Contains(family, StringComparer.OrdinalIgnoreCase);
}

public enum FontSource
{
    /// <summary>Comes with Gesso.</summary>
    Bundled,

    /// <summary>Added by <c>gesso fonts add</c>, or in a folder that <c>GESSO_FONTS</c> names.</summary>
    Installed,

    /// <summary>Of the operating system; used only where a document names its family.</summary>
    System,

    /// <summary>A document names the file.</summary>
    File,
}
