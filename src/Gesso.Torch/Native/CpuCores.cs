using System.Globalization;

namespace Gesso.Torch.Native;

/// <summary>How many cores matrix arithmetic can use: two hardware threads of one core share its vector units.</summary>
internal static class CpuCores
{
    /// <summary>The physical cores of the machine, but no more than the processors this process may use (affinity, cgroup quota). At least 1.</summary>
    public static int Usable()
    {
        int allowed = Environment.ProcessorCount;
        return Physical("/sys/devices/system/cpu") is { } physical ? Math.Min(allowed, physical) : allowed;
    }

    /// <summary>Physical cores by Linux's sysfs, or null when it does not say.</summary>
    public static int? Physical(string sysfs)
    {
        try
        {
            int online = CountRanges(File.ReadAllText(Path.Combine(sysfs, "online")));
            bool twoThreads = File.ReadAllText(Path.Combine(sysfs, "smt", "active")).Trim() == "1";
            return online == 0 ? null : twoThreads ? Math.Max(1, online / 2) : online;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The size of a processor list such as <c>0-3,8</c> (5); 0 when it is not one.</summary>
    public static int CountRanges(string list)
    {
        int count = 0;
        foreach (string part in list.Trim().Split(','))
        {
            string[] ends = part.Split('-');
            if (ends.Length > 2
                || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                || last < first)
            {
                return 0;
            }
            count += last - first + 1;
        }
        return count;
    }
}
