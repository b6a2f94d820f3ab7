using System.Globalization;

namespace Gesso.Torch.Native;

/// <summary>How new the C++ library of the system is; the TorchSharp shim needs 3.4.30 and asks for 3.4.32 (docs/decisions/0002).</summary>
internal static class LibStdCxxVersion
{
    private static readonly string[] Folders =
        ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib", "/lib"];

    /// <summary>The version in the first library the loader would find in its usual folders; null when there is none.</summary>
    public static Version? OfSystem()
    {
        string[] searched = [.. (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), .. Folders];
        string? library = searched.Select(folder => Path.Combine(folder, "libstdc++.so.6")).FirstOrDefault(File.Exists);
        try
        {
            return library is null ? null : Newest(File.ReadAllBytes(library));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The largest GLIBCXX_3.4.N among the strings of a library; null without any.</summary>
    public static Version? Newest(ReadOnlySpan<byte> image)
    {
        Version? newest = null;
        ReadOnlySpan<byte> mark = "GLIBCXX_3.4."u8;
        for (int at = image.IndexOf(mark); at >= 0; at = image.IndexOf(mark))
        {
            image = image[(at + mark.Length)..];
            int digits = image.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
            if (digits is > 0 and < 6)
            {
                var version = new Version(3, 4, int.Parse(image[..digits], NumberStyles.None, CultureInfo.InvariantCulture));
                newest = newest is null || version > newest ? version : newest;
            }
        }
        return newest;
    }
}
