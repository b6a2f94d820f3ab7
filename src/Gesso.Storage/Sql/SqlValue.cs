namespace Gesso.Storage.Sql;

internal enum SqlType
{
    Text,
    Integer,
    Real,
    Bytes,
}

/// <summary>
/// An argument of a statement with its column type, which a null needs, too: PostgreSQL plans by type. Times are unix milliseconds, enums their snake_case names.
/// </summary>
internal readonly struct SqlValue
{
    private readonly object? _reference;
    private readonly long _bits;

    private SqlValue(SqlType type, object? reference)
    {
        Type = type;
        _reference = reference;
        IsNull = reference is null;
    }

    private SqlValue(SqlType type, long? bits)
    {
        Type = type;
        _bits = bits.GetValueOrDefault();
        IsNull = bits is null;
    }

    public SqlType Type { get; }

    public bool IsNull { get; }

    public string Text => (string)Of(SqlType.Text)._reference!;

    public byte[] Bytes => (byte[])Of(SqlType.Bytes)._reference!;

    public long Integer => Of(SqlType.Integer)._bits;

    public double Real => BitConverter.Int64BitsToDouble(Of(SqlType.Real)._bits);

    public static implicit operator SqlValue(string? text) => new(SqlType.Text, text);

    public static implicit operator SqlValue(long number) => new(SqlType.Integer, number);

    public static implicit operator SqlValue(long? number) => new(SqlType.Integer, number);

    public static implicit operator SqlValue(double number) => new(SqlType.Real, BitConverter.DoubleToInt64Bits(number));

    public static implicit operator SqlValue(byte[]? bytes) => new(SqlType.Bytes, bytes);

    public static implicit operator SqlValue(DateTimeOffset time) => new(SqlType.Integer, time.ToUnixTimeMilliseconds());

    public static implicit operator SqlValue(DateTimeOffset? time) => new(SqlType.Integer, time?.ToUnixTimeMilliseconds());

    private SqlValue Of(SqlType type) => Type == type && !IsNull ? this : throw new InvalidOperationException($"The value is {(IsNull ? "null" : Type)}, not {type}.");
}
