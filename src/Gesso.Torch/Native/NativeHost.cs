using System.Runtime.InteropServices;

namespace Gesso.Torch.Native;

/// <summary>Systems the native libraries exist for; it decides file names and package names.</summary>
public enum NativeSystem
{
    Linux,
    Windows,
    MacOs,
}

/// <summary>
/// Everything outside the process that the search for libtorch looks at, as plain data and three questions, so that the search is a pure function.
/// </summary>
public sealed record NativeHost
{
    public required NativeSystem System { get; init; }

    /// <summary>The package folder of the natives, for example <c>linux-x64</c>.</summary>
    public required string Rid { get; init; }

    /// <summary>Folder of the running program.</summary>
    public required string AppFolder { get; init; }

    /// <summary>Home folder of the user; empty when there is none.</summary>
    public required string HomeFolder { get; init; }

    /// <summary>The user's folder for data of this machine, used on Windows only.</summary>
    public string LocalDataFolder { get; init; } = "";

    public required Func<string, string?> Variable { get; init; }

    public required Func<string, bool> FileExists { get; init; }

    /// <summary>The text of a small file, null when it is absent or unreadable.</summary>
    public required Func<string, string?> ReadText { get; init; }

    /// <summary>This machine.</summary>
    public static NativeHost Current()
    {
        NativeSystem system = OperatingSystem.IsWindows() ? NativeSystem.Windows : OperatingSystem.IsMacOS() ? NativeSystem.MacOs : NativeSystem.Linux;
        string prefix = system switch { NativeSystem.Windows => "win", NativeSystem.MacOs => "osx", _ => "linux" };
        return new NativeHost
        {
            System = system,
            Rid = $"{prefix}-{RuntimeInformation.ProcessArchitecture}".ToLowerInvariant(),
            AppFolder = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory),
            HomeFolder = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
            LocalDataFolder = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            Variable = Environment.GetEnvironmentVariable,
            FileExists = File.Exists,
            ReadText = ReadSmallText,
        };
    }

    /// <summary>The file name of a native library, for example <c>torch_cpu</c> → <c>libtorch_cpu.so</c>.</summary>
    public string LibraryFile(string name) => System switch
    {
        NativeSystem.Windows => $"{name}.dll",
        NativeSystem.MacOs => $"lib{name}.dylib",
        _ => $"lib{name}.so",
    };

    private static string? ReadSmallText(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
