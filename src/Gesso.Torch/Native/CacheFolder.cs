namespace Gesso.Torch.Native;

/// <summary>Where Gesso keeps what can be made or fetched again.</summary>
public static class CacheFolder
{
    /// <summary>
    /// <paramref name="option"/>, else <c>GESSO_CACHE</c>, else <c>XDG_CACHE_HOME/gesso</c> (only when absolute, as the XDG base directory
    /// specification demands), else <c>~/.cache/gesso</c>; on Windows <c>%LOCALAPPDATA%\gesso</c>. Without a home folder: the temporary folder.
    /// </summary>
    public static string Resolve(string? option, NativeHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        if (!string.IsNullOrWhiteSpace(option))
            return Path.GetFullPath(option);
        if (host.Variable("GESSO_CACHE") is { } chosen && !string.IsNullOrWhiteSpace(chosen))
            return Path.GetFullPath(chosen);
        if (host.System == NativeSystem.Windows && host.LocalDataFolder.Length > 0)
            return Path.Combine(host.LocalDataFolder, "gesso");
        if (host.Variable("XDG_CACHE_HOME") is { } xdg && Path.IsPathRooted(xdg))
            return Path.Combine(xdg, "gesso");
        return host.HomeFolder.Length > 0 ? Path.Combine(host.HomeFolder, ".cache", "gesso") : Path.Combine(Path.GetTempPath(), "gesso");
    }
}
