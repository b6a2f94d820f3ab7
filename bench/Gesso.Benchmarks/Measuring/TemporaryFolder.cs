namespace Gesso.Benchmarks.Measuring;

/// <summary>A folder that is gone afterwards, also when the run is interrupted: it may hold gigabytes.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <param name="root">Where it is made; null for the machine's usual place.</param>
    public TemporaryFolder(string? root = null)
    {
        Path = root is null
            ? Directory.CreateTempSubdirectory("gesso-bench-").FullName
            : Directory.CreateDirectory(System.IO.Path.Combine(root, $"gesso-bench-{Environment.ProcessId}")).FullName;
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        OnExit(this, EventArgs.Empty);
    }

    private void OnExit(object? sender, EventArgs e)
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
