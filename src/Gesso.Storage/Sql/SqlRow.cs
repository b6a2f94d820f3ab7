using System.Data.Common;

namespace Gesso.Storage.Sql;

/// <summary>The current row of a result, read column by column from the left: each call takes the next one.</summary>
internal sealed class SqlRow(DbDataReader reader)
{
    private int _column;

    /// <summary>Moves to the next row; false: there is none.</summary>
    public bool Read()
    {
        _column = 0;
        return reader.Read();
    }

    /// <summary>Moves to the next row, where a row may have to be waited for.</summary>
    public Task<bool> ReadAsync(CancellationToken cancellation)
    {
        _column = 0;
        return reader.ReadAsync(cancellation);
    }

    public string Text() => reader.GetString(_column++);

    public string? TextOrNull() => IsNull() ? null : Text();

    public long Long() => reader.GetInt64(_column++);

    public long? LongOrNull() => IsNull() ? null : Long();

    public int Int() => checked((int)Long());

    public int? IntOrNull() => IsNull() ? null : Int();

    public double Real() => reader.GetDouble(_column++);

    public byte[]? BytesOrNull() => IsNull() ? null : reader.GetFieldValue<byte[]>(_column++);

    public DateTimeOffset Time() => DateTimeOffset.FromUnixTimeMilliseconds(Long());

    public DateTimeOffset? TimeOrNull() => IsNull() ? null : Time();

    public T Name<T>()
        where T : struct, Enum => SqlName<T>.Parse(Text());

    public T? NameOrNull<T>()
        where T : struct, Enum => IsNull() ? null : Name<T>();

    /// <summary>Whether the next column is null; then it is passed.</summary>
    private bool IsNull()
    {
        if (!reader.IsDBNull(_column))
            return false;
        _column++;
        return true;
    }
}
