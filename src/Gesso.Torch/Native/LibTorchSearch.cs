namespace Gesso.Torch.Native;

/// <summary>A folder that may hold libtorch, and who named it.</summary>
/// <param name="Origin">For messages: <c>option LibTorchPath</c>, <c>GESSO_LIBTORCH</c>, <c>application folder</c>, <c>cache</c>, <c>package cache</c>.</param>
/// <param name="Explicit">True when a person named it: then nothing else may be used in its place.</param>
public sealed record LibTorchCandidate(string Origin, string Folder, bool Explicit);

/// <summary>The outcome of the search: either <see cref="Folder"/> is set, or every refusal is in <see cref="Refusals"/>.</summary>
/// <param name="Version">The version the folder declares, or null when nothing there says it.</param>
/// <param name="Refusals">One line for each candidate before the one chosen: path and reason.</param>
public sealed record LibTorchFinding(string? Folder, string? Version, string Origin, IReadOnlyList<string> Refusals);

/// <summary>Finds libtorch and the TorchSharp shim. Looks at file names and version files only; loads nothing.</summary>
public static class LibTorchSearch
{
    /// <summary>The places to look, best first. A path named by option or <c>GESSO_LIBTORCH</c> silences all the others.</summary>
    public static IReadOnlyList<LibTorchCandidate> Candidates(TorchOptions options, NativeHost host)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(host);
        if (!string.IsNullOrWhiteSpace(options.LibTorchPath))
            return Named("option LibTorchPath", options.LibTorchPath);
        if (host.Variable("GESSO_LIBTORCH") is { } variable && !string.IsNullOrWhiteSpace(variable))
            return Named("GESSO_LIBTORCH", variable);
        string cached = Path.Combine(CacheFolder.Resolve(options.CacheFolder, host), $"libtorch-{NativeVersions.LibTorch}-cpu");
        return
        [
            new("application folder", Path.Combine(host.AppFolder, "libtorch"), false),
            new("application folder", Path.Combine(host.AppFolder, "libtorch", "lib"), false),
            new("cache", cached, false),
            new("cache", Path.Combine(cached, "lib"), false),
            .. PackageFolder(host, $"libtorch-cpu-{host.Rid}", NativeVersions.LibTorch) is { } package
                ? new[] { new LibTorchCandidate("package cache", package, false) }
                : [],
        ];
    }

    /// <summary>The first candidate that holds all libraries of a libtorch of the right version.</summary>
    public static LibTorchFinding Find(TorchOptions options, NativeHost host)
    {
        List<string> refusals = [];
        foreach (LibTorchCandidate candidate in Candidates(options, host))
        {
            string? missing = FirstMissing(candidate.Folder, host);
            if (missing is not null)
            {
                refusals.Add($"{candidate.Folder} ({candidate.Origin}): no {missing}");
                continue;
            }
            string? version = DeclaredVersion(candidate.Folder, host);
            if (version is null || version.StartsWith(NativeVersions.LibTorchMinor, StringComparison.Ordinal))
                return new LibTorchFinding(candidate.Folder, version, candidate.Origin, refusals);
            refusals.Add($"{candidate.Folder} ({candidate.Origin}): is libtorch {version}, needed is {NativeVersions.LibTorchMinor}x");
        }
        return new LibTorchFinding(null, null, "", refusals);
    }

    /// <summary>Files that may be the TorchSharp shim, best first.</summary>
    public static IReadOnlyList<string> ShimCandidates(NativeHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        string file = host.LibraryFile("LibTorchSharp");
        return
        [
            Path.Combine(host.AppFolder, "runtimes", host.Rid, "native", file),
            Path.Combine(host.AppFolder, file),
            .. PackageFolder(host, "torchsharp", NativeVersions.TorchSharp) is { } package ? new[] { Path.Combine(package, file) } : [],
        ];
    }

    private static LibTorchCandidate[] Named(string origin, string path)
    {
        string root = Path.GetFullPath(path);
        return
        [
            new(origin, root, true),
            new(origin, Path.Combine(root, "lib"), true),
            new(origin, Path.Combine(root, "torch", "lib"), true),
        ];
    }

    private static string? PackageFolder(NativeHost host, string package, string version)
    {
        string? root = host.Variable("NUGET_PACKAGES");
        if (string.IsNullOrWhiteSpace(root))
            root = host.HomeFolder.Length > 0 ? Path.Combine(host.HomeFolder, ".nuget", "packages") : null;
        return root is null ? null : Path.Combine(root, package, version, "runtimes", host.Rid, "native");
    }

    private static string? FirstMissing(string folder, NativeHost host)
    {
        foreach (string name in new[] { "torch_cpu", "torch", "c10" })
        {
            string file = host.LibraryFile(name);
            if (!host.FileExists(Path.Combine(folder, file)))
                return file;
        }
        return null;
    }

    // a Python wheel has torch/version.py beside lib/, the libtorch archive has build-version beside lib/, a package folder has it in the path
    private static string? DeclaredVersion(string folder, NativeHost host)
    {
        string parent = Path.GetDirectoryName(folder) ?? folder;
        if (host.ReadText(Path.Combine(parent, "version.py")) is { } python && PythonVersion(python) is { } wheel)
            return wheel;
        if ((host.ReadText(Path.Combine(parent, "build-version")) ?? host.ReadText(Path.Combine(folder, "build-version"))) is { } archive)
            return archive.Trim();
        string[] names = folder.Split('/', '\\');
        int package = Array.FindIndex(names, name => name.StartsWith("libtorch-c", StringComparison.OrdinalIgnoreCase));
        return package >= 0 && package + 1 < names.Length && Version.TryParse(names[package + 1], out _) ? names[package + 1] : null;
    }

    // the line __version__ = '2.10.0+cu128'; the name also occurs in __all__ above it. A regular expression would cost 15 ms of every start.
    private static string? PythonVersion(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            string[] quoted = line.Split('\'', '"');
            if (line.StartsWith("__version__", StringComparison.Ordinal) && quoted.Length >= 3)
                return quoted[1];
        }
        return null;
    }
}
