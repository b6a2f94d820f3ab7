using System.Globalization;
using Gesso.Contracts.Errors;

namespace Gesso.Storage.Migrations;

/// <summary>The numbered SQL files of a dialect, embedded in the assembly.</summary>
internal static class MigrationFiles
{
    /// <summary>The version this program works with.</summary>
    public const int Latest = 1;

    /// <param name="dialect">sqlite or postgres.</param>
    /// <param name="version">1 …</param>
    public static string Read(string dialect, int version) => Text(string.Create(CultureInfo.InvariantCulture, $"{version:0000}.{dialect}.sql"));

    public static string Text(string name)
    {
        using var stream = typeof(MigrationFiles).Assembly.GetManifestResourceStream($"Gesso.Storage.Migrations.{name}")
            ?? throw GessoException.Bug("migration_missing", $"The program has no migration {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Which versions are to be applied to a database of this version.</summary>
    /// <exception cref="GessoException">Refused <c>database_newer</c>.</exception>
    public static IEnumerable<int> After(int version, string database) => version <= Latest
        ? Enumerable.Range(version + 1, Latest - version)
        : throw GessoException.Refused(
            "database_newer", $"{database} was written by a newer Gesso (schema {version}, this program knows {Latest}): update this program; the data is untouched.");
}
