namespace Gesso.Tokenizers.Tests;

/// <summary>A folder that goes when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("gesso-tokenizers-").FullName;

    public string Write(string file, string content)
    {
        var path = System.IO.Path.Combine(Path, file);
        File.WriteAllText(path, content);
        return path;
    }

    public string Write(string file, byte[] content)
    {
        var path = System.IO.Path.Combine(Path, file);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Copies those of the files that exist.</summary>
    public void Copy(string folder, params string[] files)
    {
        foreach (var file in files.Where(file => File.Exists(System.IO.Path.Combine(folder, file))))
        {
            Write(file, File.ReadAllBytes(System.IO.Path.Combine(folder, file)));
        }
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
