using System.Globalization;
using System.Text;

namespace Gesso.Typography.Document;

/// <summary>What a text is for; it decides defaults (leading, how lines are filled) and how a planner orders things.</summary>
public enum TextRole
{
    Title,
    Subtitle,
    Body,
    Caption,
    Label,
    Button,
    Price,
    Sign,
}

/// <summary>Along the line; start and end follow the direction of the script.</summary>
public enum TextAlign
{
    Start,
    Center,
    End,
    Justify,
}

/// <summary>Across the lines.</summary>
public enum VerticalAlign
{
    Top,
    Middle,
    Bottom,
}

public enum WritingMode
{
    Horizontal,

    /// <summary>Columns from right to left; Han, Kana and Hangul stand upright, other scripts lie on their side.</summary>
    Vertical,
}

/// <summary>How a text meets the picture.</summary>
public enum TextBlend
{
    /// <summary>On top of it, as sharp and as even as it is drawn.</summary>
    Graphic,

    /// <summary>As if it had been there when the picture was taken: bent onto its surface, in its light, with its grain, as soft as its edges.</summary>
    Scene,
}

/// <summary>Which fonts, in order; what none of them has is looked up in the fonts for its script.</summary>
/// <param name="Families">Family names or paths of font files; none: Noto Sans.</param>
/// <param name="Weight">1 … 1000: 400 is regular, 700 bold; the nearest that a family has.</param>
public sealed record LayerFont(IReadOnlyList<string> Families, int Weight = 400, bool Italic = false)
{
    public const int Regular = 400;
    public const int Bold = 700;

    public LayerFont() : this([])
    {
    }
}

/// <summary>One text in one place. Lengths are in pixels; those of effects, tracking and leading in ems, so that they grow with the letters.</summary>
public sealed record TextLayer
{
    /// <summary>What a person calls it: <c>title</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Line feeds begin a new paragraph.</summary>
    public required string Text { get; init; }

    /// <summary>BCP 47; chooses among forms of Han characters, and rules of fonts. Null: what the script suggests.</summary>
    public string? Language { get; init; }

    public TextRole Role { get; init; } = TextRole.Body;

    public required LayerRegion Region { get; init; }

    /// <summary>Null: scene for what goes around a cylinder, graphic for all other regions.</summary>
    public TextBlend? Blend { get; init; }

    public LayerFont Font { get; init; } = new();

    /// <summary>Of the em; null: the largest at which the text fits, between <see cref="MinSize"/> and <see cref="MaxSize"/>.</summary>
    public double? Size { get; init; }

    public double MinSize { get; init; } = 8;

    public double? MaxSize { get; init; }

    /// <summary>Null: black or white, whichever the picture below lets one read, and help where neither is enough.</summary>
    public InkColor? Color { get; init; }

    public TextAlign Align { get; init; } = TextAlign.Start;

    public VerticalAlign VerticalAlign { get; init; } = VerticalAlign.Top;

    /// <summary>Added between letters, in ems; scripts whose letters are joined stay joined.</summary>
    public double Tracking { get; init; }

    /// <summary>Distance of baselines as a multiple of the size; null: by role and script.</summary>
    public double? Leading { get; init; }

    public WritingMode Mode { get; init; } = WritingMode.Horizontal;

    /// <summary>From the lowest to the topmost.</summary>
    public IReadOnlyList<TextEffect> Effects { get; init; } = [];

    /// <summary>0 … 1</summary>
    public double Opacity { get; init; } = 1;

    public int Z { get; init; }

    /// <summary>Whether the surface decides how it looks.</summary>
    public bool IsInScene => (Blend ?? (Region is CylinderRegion ? TextBlend.Scene : TextBlend.Graphic)) == TextBlend.Scene;

    internal void Validate(string path)
    {
        if (Id.Length is 0 or > TextLimits.MostIdCharacters || !Id.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.'))
            throw TextDocumentError.At($"{path}.id", $"expected 1 to {TextLimits.MostIdCharacters} letters, digits, '-', '_' or '.', got \"{Id}\"");
        ValidateText($"{path}.text");
        if (Language is { } language && !IsLanguageTag(language))
            throw TextDocumentError.At($"{path}.language", $"expected a BCP 47 tag such as \"ja\" or \"zh-Hant\", got \"{language}\"");
        Region.Validate($"{path}.region");
        ValidateBlend(path);
        ValidateFont($"{path}.font");
        if (Size is { } size)
            TextDocumentError.RequireRange($"{path}.size", size, TextLimits.SmallestSize, TextLimits.LargestSize);
        TextDocumentError.RequireRange($"{path}.min_size", MinSize, TextLimits.SmallestSize, TextLimits.LargestSize);
        if (MaxSize is { } most)
            TextDocumentError.RequireRange($"{path}.max_size", most, MinSize, TextLimits.LargestSize);
        TextDocumentError.RequireRange($"{path}.tracking", Tracking, TextLimits.LeastTracking, TextLimits.MostTracking);
        if (Leading is { } leading)
            TextDocumentError.RequireRange($"{path}.leading", leading, TextLimits.LeastLeading, TextLimits.MostLeading);
        TextDocumentError.RequireRange($"{path}.opacity", Opacity, 0, 1);
        if (Effects.Count > TextLimits.MostEffects)
            throw TextDocumentError.At($"{path}.effects", $"expected at most {TextLimits.MostEffects}, got {Effects.Count}");
        for (int i = 0; i < Effects.Count; i++)
            Effects[i].Validate($"{path}.effects[{i}]");
    }

    /// <summary>In another scale; sizes follow the smaller factor.</summary>
    internal TextLayer Scaled(double across, double down)
    {
        double by = Math.Min(across, down);
        return this with { Region = Region.Scaled(across, down), Size = Size * by, MinSize = Math.Max(MinSize * by, TextLimits.SmallestSize), MaxSize = MaxSize * by };
    }

    private void ValidateText(string path)
    {
        if (Text.Length > TextLimits.MostCharacters)
            throw TextDocumentError.At(path, $"expected at most {TextLimits.MostCharacters} characters, got {Text.Length}");
        if (string.IsNullOrWhiteSpace(Text))
            throw TextDocumentError.At(path, "expected something to draw, got nothing but blanks");
        foreach (Rune rune in Text.EnumerateRunes())
        {
            if (rune == Rune.ReplacementChar)
                throw TextDocumentError.At(path, "U+FFFD or half a surrogate pair stands for a character that was lost");
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.Control && rune.Value is not ('\n' or '\r' or '\t'))
                throw TextDocumentError.At(path, $"U+{rune.Value:X4} is a control character, which cannot be drawn");
        }
    }

    private void ValidateBlend(string path)
    {
        if (Region is OpenRegion && !IsInScene)
            throw TextDocumentError.At($"{path}.region", "it is missing; only a layer with \"blend\": \"scene\" can have its surface found in the picture");
        if (Region is CylinderRegion && !IsInScene)
            throw TextDocumentError.At($"{path}.blend", "what goes around a cylinder is laid as part of the scene; expected \"scene\"");
        if (Region is CurveRegion && IsInScene)
            throw TextDocumentError.At($"{path}.blend", "a line along a curve lies on no surface; expected \"graphic\"");
    }

    private void ValidateFont(string path)
    {
        if (Font.Weight is < TextLimits.LeastWeight or > TextLimits.MostWeight)
            throw TextDocumentError.At($"{path}.weight", $"expected {TextLimits.LeastWeight} to {TextLimits.MostWeight}, got {Font.Weight}");
        if (Font.Families.Count > TextLimits.MostFamilies)
            throw TextDocumentError.At($"{path}.families", $"expected at most {TextLimits.MostFamilies}, got {Font.Families.Count}");
        for (int i = 0; i < Font.Families.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(Font.Families[i]))
                throw TextDocumentError.At($"{path}.families[{i}]", "expected the name of a family or a font file, got nothing");
        }
    }

    private static bool IsLanguageTag(string tag)
    {
        string[] parts = tag.Split('-');
        return parts[0].Length is 2 or 3 && parts.All(part => part.Length is >= 1 and <= 8 && part.All(char.IsAsciiLetterOrDigit)) && parts[0].All(char.IsAsciiLetter);
    }
}
