using System.Globalization;
using System.Runtime.CompilerServices;
using Gesso.Client.Connection;

namespace Gesso.Client;

/// <summary>Finished pictures.</summary>
public sealed class PicturesClient
{
    private readonly ServerConnection _connection;

    internal PicturesClient(ServerConnection connection) => _connection = connection;

    public Task<Picture> GetAsync(string picture, CancellationToken cancellation = default) => _connection.GetAsync(Paths.Of("pictures", picture), ClientJson.Default.Picture, cancellation);

    /// <summary>Newest first; pages are fetched as they are needed.</summary>
    /// <param name="mine">Only those drawn with this key, not all of its tenant.</param>
    /// <param name="cancellation">Ends the listing.</param>
    public async IAsyncEnumerable<Picture> ListAsync(bool mine = false, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        string? before = null;
        do
        {
            var page = await PageAsync(mine, before, limit: 100, cancellation).ConfigureAwait(false);
            foreach (var picture in page.Data)
                yield return picture;
            before = page.Next;
        }
        while (before is not null);
    }

    /// <summary>One page of <see cref="ListAsync"/>.</summary>
    public Task<PicturePage> PageAsync(bool mine = false, string? before = null, int limit = 50, CancellationToken cancellation = default) =>
        _connection.GetAsync(
            Paths.Query("api/pictures", ("limit", limit.ToString(CultureInfo.InvariantCulture)), ("before", before), ("mine", mine ? "true" : null)),
            ClientJson.Default.PicturePage,
            cancellation);

    /// <summary>The file's bytes.</summary>
    public Task<byte[]> ReadAsync(string picture, CancellationToken cancellation = default) =>
        _connection.ReadBytesAsync(new ClientCall(HttpMethod.Get, Paths.Of("pictures", picture, "content")), cancellation);

    /// <summary>For good.</summary>
    public Task DeleteAsync(string picture, CancellationToken cancellation = default) => _connection.DeleteAsync(Paths.Of("pictures", picture), cancellation);
}
