namespace Gesso.Platform.Workers;

/// <summary>
/// A lock that a process holds by having a file open, and that the system takes from it however it ends. A data folder has one for its server and one for each
/// worker slot: they tell a starting server which workers of an earlier one are alive, and a worker whether its server is.
/// </summary>
public sealed class FileLock : IDisposable
{
    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Null: somebody holds it.</summary>
    public static FileLock? TryTake(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        try
        {
            return new FileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e is not DirectoryNotFoundException and not FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Whether somebody holds it now.</summary>
    public static bool IsTaken(string path)
    {
        if (!File.Exists(path))
            return false;
        using var held = TryTake(path);
        return held is null;
    }

    public void Dispose() => _file.Dispose();
}
