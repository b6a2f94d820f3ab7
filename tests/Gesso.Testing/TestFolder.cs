namespace Gesso.Testing;

/// <summary>A folder of its own for one test, removed afterwards.</summary>
public sealed class TestFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gesso-test-");

    public string Path => _folder.FullName;

    public IEnumerable<string> FileNames => _folder.EnumerateFiles().Select(f => f.Name).Order(StringComparer.Ordinal);

    public string At(params ReadOnlySpan<string> names) => System.IO.Path.Combine([_folder.FullName, .. names]);

    /// <summary>Writes a file and gives its path.</summary>
    public string Add(string name, ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes(At(name), bytes);
        return At(name);
    }

    /// <summary>Copies a folder with everything in it and gives the path of the copy.</summary>
    public string Copy(string source, string name)
    {
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string target = At(name, System.IO.Path.GetRelativePath(source, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return At(name);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
