namespace Gesso.Storage.Sql;

/// <summary>The current row of a result, read column by column from the left: each call takes the next one.</summary>
internal abstract class SqlRow
{
    private int _column;

    public string Text() => GetText(_column++);

    public string? TextOrNull() => IsNull() ? null : Text();

    public long Long() => GetLong(_column++);

    public long? LongOrNull() => IsNull() ? null : Long();

    public int Int() => checked((int)Long());

    public int? IntOrNull() => IsNull() ? null : Int();

    public double Real() => GetReal(_column++);

    public byte[]? BytesOrNull() => IsNull() ? null : GetBytes(_column++);

    public DateTimeOffset Time() => DateTimeOffset.FromUnixTimeMilliseconds(Long());

    public DateTimeOffset? TimeOrNull() => IsNull() ? null : Time();

    public T Name<T>()
        where T : struct, Enum => SqlName<T>.Parse(Text());

    public T? NameOrNull<T>()
        where T : struct, Enum => IsNull() ? null : Name<T>();

    /// <summary>A new row is to be read, from its first column.</summary>
    protected void Restart() => _column = 0;

    protected abstract bool IsNull(int column);

    protected abstract string GetText(int column);

    protected abstract long GetLong(int column);

    protected abstract double GetReal(int column);

    protected abstract byte[] GetBytes(int column);

    /// <summary>Whether the next column is null; then it is passed.</summary>
    private bool IsNull()
    {
        if (!IsNull(_column))
            return false;
        _column++;
        return true;
    }
}
