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
    private SqlValue(SqlType type, object? boxed)
    {
        Type = type;
        Boxed = boxed;
    }

    public SqlType Type { get; }

    /// <summary>string, long, double, byte[] or null.</summary>
    public object? Boxed { get; }

    public static implicit operator SqlValue(string? text) => new(SqlType.Text, text);

    public static implicit operator SqlValue(long number) => new(SqlType.Integer, number);

    public static implicit operator SqlValue(long? number) => new(SqlType.Integer, number);

    public static implicit operator SqlValue(double number) => new(SqlType.Real, number);

    public static implicit operator SqlValue(byte[]? bytes) => new(SqlType.Bytes, bytes);

    public static implicit operator SqlValue(DateTimeOffset time) => new(SqlType.Integer, time.ToUnixTimeMilliseconds());

    public static implicit operator SqlValue(DateTimeOffset? time) => new(SqlType.Integer, time?.ToUnixTimeMilliseconds());
}
