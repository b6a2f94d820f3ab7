using Gesso.Contracts.Errors;
using Gesso.Platform.Assets;

namespace Gesso.Storage.Assets;

/// <summary>The place for pictures that a configuration names.</summary>
public static class AssetStores
{
    private const string Folder = "folder:";

    /// <param name="place"><c>folder:PATH</c> or <c>s3://BUCKET/PREFIX?endpoint=URL&amp;region=R&amp;path_style=true</c>.</param>
    /// <param name="time">For ages.</param>
    public static IAssetStore Open(string place, TimeProvider time) => place.StartsWith(Folder, StringComparison.Ordinal)
        ? new FolderAssetStore(place[Folder.Length..], time)
        : throw GessoException.Invalid("bad_assets", $"assets: expected folder:PATH or s3://BUCKET/PREFIX, got \"{place}\".");
}
