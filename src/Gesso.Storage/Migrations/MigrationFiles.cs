using System.Globalization;
using Gesso.Contracts.Errors;

namespace Gesso.Storage.Migrations;

/// <summary>The numbered SQL files of a dialect, embedded in the assembly. A file that was ever released is not changed: a new one follows it.</summary>
internal static class MigrationFiles
{
    public const string Sqlite = "sqlite", Progress = "progress", Postgres = "postgres";

    /// <summary>The schema this program works with.</summary>
    public const int Latest = 3;

    /// <param name="dialect">One of the constants.</param>
    /// <param name="version">1 … <see cref="Latest"/>.</param>
    public static string Read(string dialect, int version)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"Gesso.Storage.Migrations.{version:0000}.{dialect}.sql");
        using var stream = typeof(MigrationFiles).Assembly.GetManifestResourceStream(name)
            ?? throw GessoException.Bug("migration_missing", $"The program lacks {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>What is to be applied to a database of this version, in order.</summary>
    /// <exception cref="GessoException">Refused <c>database_newer</c>.</exception>
    public static IEnumerable<int> After(long version, string database) => version <= Latest
        ? Enumerable.Range((int)version + 1, Latest - (int)version)
        : throw GessoException.Refused(
            "database_newer",
            $"{database} was written by a newer Gesso: its schema is {version}, this program knows {Latest}. Update this program; the data is untouched.");
}
