namespace Gesso.Torch.Native;

/// <summary>Free space where a folder is, or will be made.</summary>
/// <param name="FreeBytes">Bytes this user may still write; null when the system does not say.</param>
public sealed record DiskSurvey(string Folder, long? FreeBytes, long? TotalBytes)
{
    public static DiskSurvey Take(string folder)
    {
        string full = Path.GetFullPath(folder);
        string? existing = full;
        while (existing is not null && !Directory.Exists(existing))
            existing = Path.GetDirectoryName(existing);
        try
        {
            var drive = new DriveInfo(existing ?? full);
            return new DiskSurvey(full, drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new DiskSurvey(full, null, null);
        }
    }
}
