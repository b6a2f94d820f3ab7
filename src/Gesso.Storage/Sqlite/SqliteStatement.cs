using System.Globalization;
using System.Text;
using Gesso.Storage.Sql;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Gesso.Storage.Sqlite;

/// <summary>
/// A prepared statement of one connection, run again and again; the current row of its result is read as a <see cref="SqlRow"/>. Directly on SQLite's functions: the
/// writer runs some ten statements for each job, and <see cref="SqliteCommand"/> costs several times what the statement itself does.
/// </summary>
internal sealed class SqliteStatement : SqlRow, IDisposable
{
    private const int MostOnStack = 512;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly int[] _places;

    /// <exception cref="SqliteException">The statement is not one.</exception>
    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _places = [.. Enumerable.Range(1, raw.sqlite3_bind_parameter_count(_statement)).Select(PlaceOf)];
    }

    /// <summary>Runs it to its end, as a change.</summary>
    /// <returns>The number of rows changed.</returns>
    public int Execute(ReadOnlySpan<SqlValue> values)
    {
        Bind(values);
        try
        {
            while (Step())
            {
            }
        }
        finally
        {
            Reset();
        }
        return raw.sqlite3_changes(_database);
    }

    /// <summary>Runs it to its end, as a question.</summary>
    public void Query<T>(List<T> rows, Func<SqlRow, T> map, ReadOnlySpan<SqlValue> values)
    {
        Bind(values);
        try
        {
            while (Step())
            {
                Restart();
                rows.Add(map(this));
            }
        }
        finally
        {
            Reset();
        }
    }

    public void Dispose() => _statement.Dispose();

    protected override bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    protected override string GetText(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_statement, column));

    protected override long GetLong(int column) => raw.sqlite3_column_int64(_statement, column);

    protected override double GetReal(int column) => raw.sqlite3_column_double(_statement, column);

    protected override byte[] GetBytes(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    private bool Step()
    {
        int result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW)
            return true;
        if (result != raw.SQLITE_DONE)
            Check(result);
        return false;
    }

    /// <summary>Its code repeats the error of the last step, which has been told.</summary>
    private void Reset() => _ = raw.sqlite3_reset(_statement);

    /// <summary>SQLite numbers parameters as they come in the text; <c>$2</c> means the second value wherever it stands.</summary>
    private int PlaceOf(int parameter) => int.Parse(raw.sqlite3_bind_parameter_name(_statement, parameter).utf8_to_string()[1..], CultureInfo.InvariantCulture) - 1;

    private void Bind(ReadOnlySpan<SqlValue> values)
    {
        for (int i = 0; i < _places.Length; i++)
            Check(Bind(i + 1, values[_places[i]]));
    }

    private int Bind(int index, in SqlValue value) => value.IsNull ? raw.sqlite3_bind_null(_statement, index) : value.Type switch
    {
        SqlType.Text => BindText(index, value.Text),
        SqlType.Integer => raw.sqlite3_bind_int64(_statement, index, value.Integer),
        SqlType.Real => raw.sqlite3_bind_double(_statement, index, value.Real),
        _ when value.Bytes.Length == 0 => raw.sqlite3_bind_zeroblob(_statement, index, 0),  // an empty span would bind null
        _ => raw.sqlite3_bind_blob(_statement, index, value.Bytes),
    };

    private int BindText(int index, string text)
    {
        if (text.Length == 0)
            return raw.sqlite3_bind_text(_statement, index, utf8z.FromString(""));
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> bytes = most <= MostOnStack ? stackalloc byte[MostOnStack] : new byte[most];
        return raw.sqlite3_bind_text(_statement, index, bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);
}
