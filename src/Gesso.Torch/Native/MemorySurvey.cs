using System.Globalization;

namespace Gesso.Torch.Native;

/// <summary>Main memory as far as this process may use it.</summary>
/// <param name="TotalBytes">The machine's memory, or the container's limit when that is lower.</param>
/// <param name="AvailableBytes">What can be allocated without swapping; page cache that can be dropped counts as available.</param>
/// <param name="LimitedBy">The control group that sets the limit, null when the machine does.</param>
public sealed record MemorySurvey(long TotalBytes, long AvailableBytes, string? LimitedBy)
{
    /// <param name="root">The root of the file system; tests pass a folder of their own.</param>
    internal static MemorySurvey Take(string root)
    {
        if (ReadMachine(Path.Combine(root, "proc", "meminfo")) is not { } machine)
        {
            // Windows and macOS: the runtime knows job limits too
            GCMemoryInfo info = GC.GetGCMemoryInfo(GCKind.Any);
            long total = info.TotalAvailableMemoryBytes;
            return new MemorySurvey(total, Math.Max(0, total - info.MemoryLoadBytes), null);
        }
        MemorySurvey allowed = machine;
        foreach (ControlGroup group in Groups(root))
        {
            if (ReadGroup(group) is not { } limited)
                continue;
            if (limited.TotalBytes < allowed.TotalBytes)
                allowed = allowed with { TotalBytes = limited.TotalBytes, LimitedBy = limited.LimitedBy };
            allowed = allowed with { AvailableBytes = Math.Min(allowed.AvailableBytes, limited.AvailableBytes) };
        }
        return allowed;
    }

    private static MemorySurvey? ReadMachine(string path)
    {
        Dictionary<string, long> kibibytes = ReadTable(path, ':');
        return kibibytes.TryGetValue("MemTotal", out long total) && kibibytes.TryGetValue("MemAvailable", out long available)
            ? new MemorySurvey(total * 1024, available * 1024, null)
            : null;
    }

    private sealed record ControlGroup(string Folder, string Limit, string Usage, string Cache);

    // every group from the process's own up to the mount can set the limit that counts; inside a container the path may not exist below the mount
    private static IEnumerable<ControlGroup> Groups(string root)
    {
        string mount = Path.Combine(root, "sys", "fs", "cgroup");
        foreach (string line in ReadLines(Path.Combine(root, "proc", "self", "cgroup")))
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length != 3)
                continue;
            bool unified = parts[0] == "0" && parts[1].Length == 0;
            if (!unified && !parts[1].Split(',').Contains("memory"))
                continue;
            string top = unified ? mount : Path.Combine(mount, "memory");
            for (string path = parts[2].Trim('/'); ; path = Path.GetDirectoryName(path) ?? "")
            {
                string folder = Path.Combine(top, path);
                yield return unified
                    ? new ControlGroup(folder, "memory.max", "memory.current", "inactive_file")
                    : new ControlGroup(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
                if (path.Length == 0)
                    break;
            }
        }
    }

    private static MemorySurvey? ReadGroup(ControlGroup group)
    {
        if (ReadNumber(Path.Combine(group.Folder, group.Limit)) is not { } limit || ReadNumber(Path.Combine(group.Folder, group.Usage)) is not { } usage)
            return null;
        long cache = ReadTable(Path.Combine(group.Folder, "memory.stat"), ' ').GetValueOrDefault(group.Cache);
        return new MemorySurvey(limit, Math.Clamp(limit - Math.Max(0, usage - cache), 0, limit), group.Folder);
    }

    // "max" (no limit) is not a number
    private static long? ReadNumber(string path) =>
        ReadLines(path) is [var line, ..] && long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;

    private static Dictionary<string, long> ReadTable(string path, char separator)
    {
        Dictionary<string, long> table = [];
        foreach (string line in ReadLines(path))
        {
            int split = line.IndexOf(separator);
            string number = split > 0 ? line[(split + 1)..].Replace(" kB", "", StringComparison.Ordinal).Trim() : "";
            if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
                table[line[..split]] = value;
        }
        return table;
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
