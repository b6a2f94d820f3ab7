using System.Buffers;
using System.Security.Cryptography;

namespace Gesso.Platform;

/// <summary>Makes ids of 48 bits of milliseconds and 80 random bits in Crockford's base 32 (26 characters, the ULID layout), strictly rising in one process.</summary>
/// <param name="time">Milliseconds come from here; a clock that steps back does not make ids step back.</param>
public sealed class SortableId(TimeProvider time)
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 26;
    private const int RandomBytes = 10;
    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphabet);

    private readonly Lock _lock = new();
    private readonly byte[] _stock = new byte[64 * RandomBytes];
    private int _used = 64 * RandomBytes;
    private UInt128 _last;

    public JobId NewJob() => new(JobId.Prefix + Next());

    public TenantId NewTenant() => new(TenantId.Prefix + Next());

    public ApiKeyId NewKey() => new(ApiKeyId.Prefix + Next());

    public BatchId NewBatch() => new(BatchId.Prefix + Next());

    public WorkerId NewWorker() => new(WorkerId.Prefix + Next());

    /// <summary>26 characters without a prefix.</summary>
    public string Next()
    {
        var high = (UInt128)(ulong)time.GetUtcNow().ToUnixTimeMilliseconds() << 80;
        UInt128 value;
        lock (_lock)
        {
            var low = Random80();
            value = high | low;
            if (value <= _last)
                value = _last + 1 + (low & 0xFFFF);
            _last = value;
        }
        return Write(value);
    }

    internal static bool IsWellFormed(string value, string prefix) =>
        value.Length == prefix.Length + Length && value.StartsWith(prefix, StringComparison.Ordinal) && !value.AsSpan(prefix.Length).ContainsAnyExcept(Letters);

    /// <summary>From a stock, because the system's generator costs as much for ten bytes as for hundreds.</summary>
    private UInt128 Random80()
    {
        if (_used == _stock.Length)
        {
            RandomNumberGenerator.Fill(_stock);
            _used = 0;
        }
        UInt128 bits = 0;
        foreach (byte b in _stock.AsSpan(_used, RandomBytes))
            bits = (bits << 8) | b;
        _used += RandomBytes;
        return bits;
    }

    private static string Write(UInt128 value) => string.Create(Length, value, static (text, bits) =>
    {
        for (int i = text.Length - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(bits & 31)];
            bits >>= 5;
        }
    });
}
