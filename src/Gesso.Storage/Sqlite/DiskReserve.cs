namespace Gesso.Storage.Sqlite;

/// <summary>
/// A little room on the disk, taken while there is plenty: a deletion writes, too, so on a disk that is really full nothing could be deleted. Given up for the first
/// deletion that finds no room, and kept again once there is some.
/// </summary>
/// <param name="path">A file that holds nothing.</param>
internal sealed class DiskReserve(string path)
{
    private const int Size = 1 << 20;

    /// <summary>The disk is not filled up for the sake of the reserve.</summary>
    private const int LeastFree = 8 * Size;

    private readonly Lock _lock = new();

    /// <summary>Takes the room if it is not taken and the disk has enough.</summary>
    public void Keep()
    {
        lock (_lock)
        {
            if (File.Exists(path))
                return;
            try
            {
                string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
                if (new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder).AvailableFreeSpace < LeastFree)
                    return;
                using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
                file.Write(new byte[Size]);                                                 // zeros that are written have their place, a length that is set has none
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // another process was quicker, or the disk cannot be asked: deletions on a full disk fail until it is emptied by other means
            }
        }
    }

    /// <summary>False: there was nothing to give up.</summary>
    public bool GiveUp()
    {
        lock (_lock)
        {
            try
            {
                if (!File.Exists(path))
                    return false;
                File.Delete(path);
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }
}
