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
    /// The path of the marked copy in <paramref name="folder"/>, made when absent or damaged. The copy is compared with the original byte for byte
    /// on every start: 2.4 MB twice take less time than loading a hash library, and a damaged or planted file is never loaded.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public static string Ensure(string originalPath, string folder)
    {
        byte[] wanted = Mark(File.ReadAllBytes(originalPath));
        string path = Path.Combine(folder, $"libLibTorchSharp-{NativeVersions.TorchSharp}-weak.so");
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
