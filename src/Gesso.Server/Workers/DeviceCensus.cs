using System.Globalization;

namespace Gesso.Server.Workers;

/// <summary>Which devices to start workers on. Only device files are looked at: this process never loads libtorch.</summary>
internal static class DeviceCensus
{
    /// <summary><c>cuda:0</c>, <c>cuda:1</c> … for NVIDIA device files, else <c>cpu</c>; <paramref name="workers"/> of them where a number is asked for.</summary>
    public static IReadOnlyList<string> Devices(int? workers, string deviceFolder = "/dev")
    {
        string[] cuda = !Directory.Exists(deviceFolder) ? [] :
        [
            .. Directory.EnumerateFileSystemEntries(deviceFolder, "nvidia*")
                .Select(path => Path.GetFileName(path)["nvidia".Length..])
                .Where(rest => rest.Length > 0 && rest.All(char.IsAsciiDigit))
                .Select(rest => int.Parse(rest, CultureInfo.InvariantCulture))
                .Order()
                .Select(index => string.Create(CultureInfo.InvariantCulture, $"cuda:{index}")),
        ];
        string[] devices = cuda.Length > 0 ? cuda : ["cpu"];
        return workers is { } count ? [.. Enumerable.Range(0, count).Select(i => devices[i % devices.Length])] : devices;
    }
}
