using System.Diagnostics;
using Xunit;

namespace Gesso.Testing;

/// <summary>A file system that is soon full: a tmpfs, which only root may mount.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly TestFolder _folder;

    private SmallDisk(TestFolder folder) => _folder = folder;

    public string Path => _folder.Path;

    public static SmallDisk OrSkip(int megabytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "a small disk is mounted, which needs root on Linux");
        var folder = new TestFolder();
        if (Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder.Path) == 0)
            return new SmallDisk(folder);
        folder.Dispose();
        Assert.Skip("a small disk cannot be mounted here");
        return null!;
    }

    /// <summary>Takes all the room that is left.</summary>
    public string Fill()
    {
        string file = System.IO.Path.Combine(Path, "filler");
        using var stream = new FileStream(file, FileMode.Create);
        byte[] block = new byte[4096];
        try
        {
            while (true)
            {
                stream.Write(block);
                stream.Flush();
            }
        }
        catch (IOException)
        {
            return file;
        }
    }

    public void Dispose()
    {
        _ = Run("umount", "-l", _folder.Path);
        _folder.Dispose();
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        _ = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
