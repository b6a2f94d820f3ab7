using System.Buffers;
using System.Security.Cryptography;

namespace Gesso.Platform;

/// <summary>Makes ids of 48 bits of milliseconds and 80 random bits in Crockford's base 32 (26 characters, the ULID layout), strictly rising in one process.</summary>
/// <param name="time">Milliseconds come from here; a clock that steps back does not make ids step back.</param>
public sealed class SortableId(TimeProvider time)
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 26;
    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphabet);

    private readonly Lock _lock = new();
    private UInt128 _last;

    public JobId NewJob() => new(JobId.Prefix + Next());

    public TenantId NewTenant() => new(TenantId.Prefix + Next());

    public ApiKeyId NewKey() => new(ApiKeyId.Prefix + Next());

    public BatchId NewBatch() => new(BatchId.Prefix + Next());

    public WorkerId NewWorker() => new(WorkerId.Prefix + Next());

    /// <summary>26 characters without a prefix.</summary>
    public string Next()
    {
        Span<byte> random = stackalloc byte[10];
        RandomNumberGenerator.Fill(random);
        UInt128 low = 0;
        foreach (byte b in random)
            low = (low << 8) | b;
        UInt128 value = ((UInt128)(ulong)time.GetUtcNow().ToUnixTimeMilliseconds() << 80) | low;
        lock (_lock)
        {
            if (value <= _last)
                value = _last + 1 + (low & 0xFFFF);
            _last = value;
        }
        return Write(value);
    }

    internal static bool IsWellFormed(string value, string prefix) =>
        value.Length == prefix.Length + Length && value.StartsWith(prefix, StringComparison.Ordinal) && !value.AsSpan(prefix.Length).ContainsAnyExcept(Letters);

    private static string Write(UInt128 value) => string.Create(Length, value, static (text, bits) =>
    {
        for (int i = text.Length - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(bits & 31)];
            bits >>= 5;
        }
    });
}
