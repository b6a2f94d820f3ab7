using Gesso.Contracts.Errors;
using Gesso.Platform.Assets;

namespace Gesso.Storage.Assets;

/// <summary>The place for pictures that a configuration names.</summary>
public static class AssetStores
{
    private const string Folder = "folder:";

    /// <param name="place">
    /// <c>folder:PATH</c>, or <c>s3://BUCKET/PREFIX?endpoint=URL&amp;region=R&amp;path_style=true</c> with <c>access_key</c> and <c>secret_key</c> there or in the
    /// environment.
    /// </param>
    /// <param name="time">For ages.</param>
    /// <returns>Disposable where it holds connections.</returns>
    /// <exception cref="GessoException">InvalidRequest <c>bad_assets</c>.</exception>
    public static IAssetStore Open(string place, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (place.StartsWith(Folder, StringComparison.Ordinal) && place.Length > Folder.Length)
            return new FolderAssetStore(place[Folder.Length..], time);
        if (place.StartsWith(S3Address.Scheme, StringComparison.Ordinal))
            return new S3AssetStore(S3Address.Parse(place));
        throw GessoException.Invalid("bad_assets", "assets: expected folder:PATH or s3://BUCKET/PREFIX.");
    }
}
