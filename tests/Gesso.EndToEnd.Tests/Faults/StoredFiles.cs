using Gesso.Platform.Assets;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>Looks whether every file of a picture folder is what its name says.</summary>
internal static class StoredFiles
{
    public static IEnumerable<string> Violations(string folder)
    {
        if (!Directory.Exists(folder))
            yield break;
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetFileName(path);
            if (AssetKey.TryParse(name, out var key) && AssetKey.Of(File.ReadAllBytes(path)) != key)
                yield return $"{path} does not hash to its name";
        }
    }
}
