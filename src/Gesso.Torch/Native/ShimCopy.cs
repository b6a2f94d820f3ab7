using System.Buffers.Binary;

namespace Gesso.Torch.Native;

/// <summary>
/// A copy of the TorchSharp shim that loads on systems whose libstdc++ is older than GCC 13's. The shim asks for GLIBCXX_3.4.32 because of one symbol,
/// <c>std::ios_base_library_init()</c>, an anchor that is never called; the copy marks that one version need weak and changes nothing else
/// (docs/decisions/0002).
/// </summary>
internal static class ShimCopy
{
    public const string Version = "GLIBCXX_3.4.32";

    private const string FileName = $"libLibTorchSharp-{NativeVersions.TorchSharp}-weak.so";

    /// <summary>The original with the version need marked weak, in memory.</summary>
    /// <exception cref="BadImageFormatException">The file is not such a library or has no such need.</exception>
    public static byte[] Mark(ReadOnlySpan<byte> original)
    {
        byte[] copy = original.ToArray();
        int marked = 0;
        foreach (ElfVersionNeed need in ElfVersionNeeds.Read(original))
        {
            if (need.Version != Version)
                continue;
            BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan(need.FlagsOffset), (ushort)(need.Flags | ElfVersionNeeds.Weak));
            marked++;
        }
        return marked > 0 ? copy : throw new BadImageFormatException($"The library does not ask for {Version}: there is nothing to mark.");
    }

    /// <summary>
    /// Puts the marked copy into <paramref name="folder"/>, or into a new private temporary folder when that one cannot be written; then
    /// <paramref name="temporary"/> is set and the caller deletes it once the library is loaded.
    /// </summary>
    /// <exception cref="IOException">Neither folder can be written, or the original cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    /// <exception cref="BadImageFormatException">The original cannot be marked.</exception>
    public static string Place(string original, string folder, List<string> trace, out DirectoryInfo? temporary)
    {
        byte[] wanted = Mark(File.ReadAllBytes(original));
        temporary = null;
        try
        {
            return Ensure(wanted, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            trace.Add($"no copy in {folder}: {e.Message}");
            temporary = Directory.CreateTempSubdirectory("gesso-");
            return Ensure(wanted, temporary.FullName);
        }
    }

    /// <summary>
    /// The path of the copy in <paramref name="folder"/>, made when absent or damaged. Its content is compared byte for byte with what it should be
    /// on every start, so a damaged or planted file is never loaded; that takes 5 ms, a hash of both files takes longer.
    /// </summary>
    private static string Ensure(ReadOnlySpan<byte> wanted, string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (Holds(path, wanted))
            return path;
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            File.WriteAllBytes(temporary, wanted);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
        return Holds(path, wanted) ? path : throw new IOException($"{path} does not hold what was just written to it.");
    }

    private static bool Holds(string path, ReadOnlySpan<byte> wanted)
    {
        var file = new FileInfo(path);
        return file.Exists && file.Length == wanted.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(wanted);
    }
}
