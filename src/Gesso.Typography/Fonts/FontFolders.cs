namespace Gesso.Typography.Fonts;

/// <summary>Where fonts lie.</summary>
public static class FontFolders
{
    private static readonly string[] s_extensions = [".ttf", ".otf", ".ttc", ".otc"];

    /// <summary>Where <c>gesso fonts add</c> puts them: <c>XDG_DATA_HOME/gesso/fonts</c>, usually ~/.local/share/gesso/fonts.</summary>
    public static string User => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "gesso", "fonts");

    /// <summary>Those that <c>GESSO_FONTS</c> names (a path list), then <see cref="User"/>.</summary>
    public static IReadOnlyList<string> Installed =>
        [.. (Environment.GetEnvironmentVariable("GESSO_FONTS") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries), User];

    /// <summary>The operating system's.</summary>
    public static IReadOnlyList<string> System
    {
        get
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            if (OperatingSystem.IsWindows())
            {
                return
                [
                    Environment.GetFolderPath(Environment.SpecialFolder.Fonts),
                    Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "Microsoft", "Windows", "Fonts"),
                ];
            }
            if (OperatingSystem.IsMacOS())
                return ["/System/Library/Fonts", "/Library/Fonts", Path.Combine(home, "Library", "Fonts")];
            return ["/usr/share/fonts", "/usr/local/share/fonts", Path.Combine(home, ".fonts"), Path.Combine(home, ".local", "share", "fonts")];
        }
    }

    /// <summary>Every font below a folder, in the order of names; what cannot be read is passed over.</summary>
    internal static IReadOnlyList<FontEntry> Scan(string folder, FontSource source)
    {
        if (!Directory.Exists(folder))
            return [];
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, MaxRecursionDepth = 8 };
        return [.. Directory.EnumerateFiles(folder, "*", options)
            .Where(IsFontName).Order(StringComparer.Ordinal).SelectMany(file => Entries(file, source))];
    }

    /// <summary>The faces of a file; none where it is no font.</summary>
    internal static IReadOnlyList<FontEntry> Entries(string file, FontSource source)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return [.. SfntHeader.ReadAll(stream).Select((face, i) => new FontEntry(face.Families, face.Weight, face.Italic, face.WeightRange, file, i, source))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // gone or forbidden since it was listed
        }
    }

    internal static bool IsFontName(string file) => s_extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);
}
