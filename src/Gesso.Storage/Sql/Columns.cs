using System.Data.Common;

namespace Gesso.Storage.Sql;

/// <summary>Column values as the domain has them: times are unix milliseconds, enums their names.</summary>
internal static class Columns
{
    public static string? TextOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static long? LongOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    public static int Int(this DbDataReader row, int column) => checked((int)row.GetInt64(column));

    public static DateTimeOffset Time(this DbDataReader row, int column) => DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    public static DateTimeOffset? TimeOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);

    public static T Enum<T>(this DbDataReader row, int column)
        where T : struct, Enum => System.Enum.Parse<T>(row.GetString(column));

    public static object Db(this DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    public static object? Db(this DateTimeOffset? time) => time?.ToUnixTimeMilliseconds();
}
