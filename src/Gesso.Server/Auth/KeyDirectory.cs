using System.Buffers.Binary;
using System.Collections.Concurrent;
using Gesso.Platform.Accounts;

namespace Gesso.Server.Auth;

/// <summary>
/// Keys by their secret, remembered for seconds so that a busy key costs no read of the store. A change made on this server counts at once, one made on another
/// server within <see cref="Longest"/>. What is compared is an HMAC under a secret pepper, so the time a lookup takes tells nothing about any key.
/// </summary>
internal sealed partial class KeyDirectory(IAccountStore accounts, ServerSecrets secrets, TimeProvider time, ILogger<KeyDirectory> logger)
{
    /// <summary>An entry older than this is read again, behind the back of whoever asks.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    /// <summary>An entry older than this is not used.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private const int MaxEntries = 10_000;

    private readonly ConcurrentDictionary<KeyHash, Entry> _entries = new();
    private readonly Lock _changes = new();
    private long _generation;

    /// <summary>Null: no such key. Revoked and expired keys are found; the caller of this says so.</summary>
    public ValueTask<ApiKey?> FindAsync(string secret, CancellationToken cancellation = default)
    {
        // nothing else can be a key: spares the store a read for each guess of a scanner
        if (!KeySecret.IsWellFormed(secret))
            return ValueTask.FromResult<ApiKey?>(null);
        byte[] bytes = KeySecret.Hash(secret, secrets.Pepper);
        var hash = KeyHash.Of(bytes);
        if (_entries.TryGetValue(hash, out var entry))
        {
            var age = time.GetElapsedTime(entry.Loaded);
            if (age > Fresh && age <= Longest && entry.ClaimsRefresh())
                _ = RefreshAsync(hash, bytes);
            if (age <= Longest)
                return ValueTask.FromResult<ApiKey?>(entry.Key);
        }
        return new ValueTask<ApiKey?>(LoadAsync(hash, bytes, cancellation));
    }

    /// <summary>After any change of keys on this server.</summary>
    public void Forget()
    {
        lock (_changes)
        {
            _generation++;
            _entries.Clear();
        }
    }

    private async Task<ApiKey?> LoadAsync(KeyHash hash, byte[] bytes, CancellationToken cancellation)
    {
        long generation = Volatile.Read(ref _generation);
        long loaded = time.GetTimestamp();
        var key = await accounts.FindAsync(bytes, cancellation).ConfigureAwait(false);
        lock (_changes)
        {
            // what was read before a change is not remembered after it
            if (generation == _generation)
                Remember(hash, key, loaded);
        }
        return key;
    }

    private void Remember(KeyHash hash, ApiKey? key, long loaded)
    {
        if (key is null)
        {
            _entries.TryRemove(hash, out _);
            return;
        }
        if (_entries.Count >= MaxEntries)
            _entries.Clear();
        _entries[hash] = new Entry(key, loaded);
    }

    private async Task RefreshAsync(KeyHash hash, byte[] bytes)
    {
        try
        {
            _ = await LoadAsync(hash, bytes, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // the entry serves until Longest, then callers see the failure themselves
            Log.NotRefreshed(logger, e.Message);
        }
    }

    private sealed class Entry(ApiKey key, long loaded)
    {
        private int _refreshing;

        public ApiKey Key => key;

        public long Loaded => loaded;

        public bool ClaimsRefresh() => Interlocked.Exchange(ref _refreshing, 1) == 0;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "A key could not be read again: {Reason}")]
        public static partial void NotRefreshed(ILogger logger, string reason);
    }

    private readonly record struct KeyHash(UInt128 High, UInt128 Low)
    {
        public static KeyHash Of(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));
    }
}
