using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Gesso.Platform.Assets;

namespace Gesso.Testing.Platform;

/// <summary>Files by content, in memory.</summary>
public sealed class MemoryAssetStore(TimeProvider time) : IAssetStore
{
    private readonly ConcurrentDictionary<AssetKey, (byte[] Content, DateTimeOffset Stored)> _files = [];

    public Task<AssetKey> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
    {
        var key = AssetKey.Of(content.Span);
        _files[key] = (content.ToArray(), time.GetUtcNow());
        return Task.FromResult(key);
    }

    public Task<byte[]?> ReadAsync(AssetKey key, CancellationToken cancellation = default) =>
        Task.FromResult(_files.TryGetValue(key, out var file) ? file.Content.ToArray() : null);

    public Task<bool> DeleteAsync(AssetKey key, DateTimeOffset? unlessPutAfter = null, CancellationToken cancellation = default) =>
        Task.FromResult(_files.TryGetValue(key, out var file) && !(file.Stored > unlessPutAfter) && _files.TryRemove(KeyValuePair.Create(key, file)));

    public async IAsyncEnumerable<StoredAsset> ListAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await Task.CompletedTask;
        foreach (var (key, file) in _files)
            yield return new StoredAsset(key, file.Content.Length, file.Stored);
    }

    public Task<int> SweepAsync(TimeSpan age, CancellationToken cancellation = default) => Task.FromResult(0);
}
