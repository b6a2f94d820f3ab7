using Gesso.Contracts.Errors;

namespace Gesso.Torch.Native;

/// <summary>Loads the TorchSharp shim: as it is, or, on exactly the refusal that <see cref="ShimCopy"/> cures, as a marked copy.</summary>
internal static class ShimLoader
{
    /// <returns>The path that was loaded and whether it is a marked copy.</returns>
    /// <exception cref="GessoException"><c>libtorch_load_failed</c>.</exception>
    public static (string Path, bool Patched) Load(string original, string cacheFolder, List<string> trace)
    {
        // asking the loader beats reading libstdc++: it searches by its own rules, and a refusal costs a millisecond
        if (NativeLoader.Load(original, bindNow: true) is not { } refusal)
        {
            trace.Add($"loaded {original}");
            return (original, false);
        }
        trace.Add($"refused {original}: {refusal}");
        if (!OperatingSystem.IsLinux() || !refusal.Contains(ShimCopy.Version, StringComparison.Ordinal))
            throw LoadErrors.Refused(original, refusal, trace);
        return (LoadCopy(original, cacheFolder, trace), true);
    }

    private static string LoadCopy(string original, string cacheFolder, List<string> trace)
    {
        DirectoryInfo? temporary = null;
        try
        {
            string copy = ShimCopy.Place(original, Path.Combine(cacheFolder, "native"), trace, out temporary);
            if (NativeLoader.Load(copy, bindNow: true) is { } refusal)
                throw LoadErrors.Refused(copy, refusal, trace);
            trace.Add($"loaded {copy} ({ShimCopy.Version} marked weak)");
            return copy;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            throw LoadErrors.Refused(original, e.Message, trace);
        }
        finally
        {
            // a loaded library stays mapped without its name; nothing is left in the temporary folder
            temporary?.Delete(recursive: true);
        }
    }
}
