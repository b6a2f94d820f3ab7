namespace Gesso.Testing.Processes;

/// <summary>A wall clock for processes that can be set while they run: libfaketime (Debian's package faketime). Their monotonic clock is the real one.</summary>
/// <param name="folder">For the file it reads.</param>
public sealed class FakeClock(string folder)
{
    private static readonly string? Library = Directory.Exists("/usr/lib")
        ? Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu").Select(d => Path.Combine(d, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        : null;

    private readonly string _file = Path.Combine(folder, "clock");

    /// <summary>Why there is none; null: there is one.</summary>
    public static string? Missing => Library is null ? "libfaketime is not installed (Debian's package faketime)" : null;

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = Library!,
        ["FAKETIME_TIMESTAMP_FILE"] = _file,
        ["FAKETIME_CACHE_DURATION"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["DONT_FAKE_MONOTONIC"] = "1",
        ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",                                             // else it takes monotonic deadlines for wall times, and every wait spins
        ["NO_FAKE_STAT"] = "1",
    };

    /// <param name="offset">From the real time, such as +1h; processes follow within a second.</param>
    public void Set(string offset)
    {
        File.WriteAllText(_file + ".new", offset + "\n");
        File.Move(_file + ".new", _file, overwrite: true);
    }
}
