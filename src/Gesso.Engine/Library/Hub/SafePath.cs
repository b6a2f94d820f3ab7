using Gesso.Contracts.Errors;

namespace Gesso.Engine.Library.Hub;

/// <summary>Paths that come over the network are names of others: they must stay inside the model's folder on every operating system.</summary>
internal static class SafePath
{
    /// <summary>Relative, <c>/</c> between plain names: no <c>..</c>, drive, backslash, control character, or name Windows reads as another.</summary>
    public static bool IsSafe(string path) => path.Length is > 0 and <= 512 && path.Split('/').All(IsPlainName);

    /// <summary>The place of a listed file below <paramref name="folder"/>.</summary>
    /// <exception cref="GessoException"><c>unsafe_path</c>.</exception>
    public static string Resolve(string folder, string path)
    {
        string root = Path.GetFullPath(folder);
        string full = Path.GetFullPath(Path.Combine(root, path.Replace('/', Path.DirectorySeparatorChar)));
        return IsSafe(path) && full.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? full : throw Refuse(path);
    }

    public static GessoException Refuse(string path) => GessoException.Refused("unsafe_path",
        $"The server lists a file named '{Printable(path)}', which would be written outside the model's folder or cannot be named so. "
        + "Nothing was pulled; do not trust this source.");

    private static bool IsPlainName(string name)
    {
        if (name.Length == 0 || name is "." or ".." || name[^1] is '.' or ' ' || name[0] == ' ')
            return false;
        if (name.Any(c => char.IsControl(c) || c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|'))
            return false;
        string stem = name.Split('.')[0].ToUpperInvariant();
        bool isDevice = stem is "CON" or "PRN" or "AUX" or "NUL" || (stem.Length == 4 && stem[..3] is "COM" or "LPT" && char.IsAsciiDigit(stem[^1]));
        return !isDevice;
    }

    private static string Printable(string path) => string.Concat(path.Select(c => char.IsControl(c) ? '?' : c));
}
