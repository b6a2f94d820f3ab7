using Gesso.Platform.Assets;

namespace Gesso.Storage.Assets;

/// <summary>Where a file lies, in a folder and in a bucket alike, so that one can be copied into the other: <c>ab/cd/abcd…</c>.</summary>
internal static class AssetLayout
{
    public static string PathOf(AssetKey key) => $"{key.Sha256[..2]}/{key.Sha256[2..4]}/{key.Sha256}";

    /// <summary>False: not a file of this layout.</summary>
    public static bool TryParse(string path, out AssetKey key) =>
        AssetKey.TryParse(path[(path.LastIndexOf('/') + 1)..], out key) && path.EndsWith(PathOf(key), StringComparison.Ordinal);
}
