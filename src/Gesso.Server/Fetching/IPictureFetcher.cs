using Gesso.Contracts.Errors;

namespace Gesso.Server.Fetching;

/// <summary>Gets a picture from an address that a caller named, without being led into networks the caller could not reach itself.</summary>
public interface IPictureFetcher
{
    /// <returns>The file: PNG, JPEG or WebP by its first bytes, at most <see cref="Hosting.LimitOptions.MaxPictureBytes"/> long.</returns>
    /// <exception cref="GessoException">InvalidRequest <c>url_not_allowed</c>, <c>picture_not_fetched</c>, <c>picture_too_large</c> or <c>not_a_picture</c>.</exception>
    Task<byte[]> FetchAsync(Uri url, CancellationToken cancellation = default);
}
