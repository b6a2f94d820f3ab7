namespace Gesso.Platform.Jobs;

/// <summary>An adapter (LoRA) and how strongly it acts.</summary>
/// <param name="Name">Of a file in the workers' folders, without its extension; never a path.</param>
/// <param name="Weight">1: as trained.</param>
public sealed record AdapterUse(string Name, double Weight)
{
    public const int LongestName = 200;

    /// <summary>Largest weight, either way; at a few times its training an adapter already draws only noise.</summary>
    public const double Strongest = 10;

    private const string Extension = ".safetensors";

    /// <summary>Whether a text can be the name of a file in a folder: no way leads out of there.</summary>
    public static bool IsName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= LongestName && name is not ("." or "..") && !name.Any(c => char.IsControl(c) || c is '/' or '\\');
    }

    /// <summary>The name as jobs have it; many people write the file's.</summary>
    public static string NameOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? text[..^Extension.Length] : text;
    }
}
