using System.Text.Json;
using System.Text.RegularExpressions;
using Gesso.Contracts.Errors;
using Microsoft.Extensions.Configuration;

namespace Gesso.Server.Hosting;

/// <summary>Reads <see cref="ServerOptions"/>: a JSON file, then <c>GESSO_…</c> variables (two underscores for a level), then flags.</summary>
public static partial class ServerConfiguration
{
    private const string Prefix = "GESSO_";

    /// <param name="file">Null: <c>gesso-server.json</c> in the current folder or the data folder, where there is one.</param>
    /// <param name="flags">Fields from the command line, for example <c>urls</c>; null values are absent.</param>
    /// <param name="environment">All variables.</param>
    /// <exception cref="GessoException">InvalidRequest <c>bad_configuration</c>: which field, what came, what was expected.</exception>
    public static ServerOptions Load(string? file, IReadOnlyDictionary<string, string?> flags, IReadOnlyDictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(flags);
        ArgumentNullException.ThrowIfNull(environment);
        var given = flags.Where(f => f.Value is not null).ToDictionary();
        var variables = environment
            .Where(v => v.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && v.Value is not null)
            .ToDictionary(v => v.Key[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal), v => v.Value);
        var builder = new ConfigurationBuilder();
        if ((file ?? Found(given, variables)) is { } path)
        {
            var text = Read(path);
            _ = Bind(text, strict: true, path);                                             // a misspelt field of the file is an error; other GESSO_ variables are not ours
            _ = builder.AddConfiguration(text);
        }
        return Bind(builder.AddInMemoryCollection(variables).AddInMemoryCollection(given).Build(), strict: false, file).Validate();
    }

    private static string? Found(Dictionary<string, string?> flags, Dictionary<string, string?> variables)
    {
        string data = flags.GetValueOrDefault("data") ?? variables.FirstOrDefault(v => v.Key.Equals("data", StringComparison.OrdinalIgnoreCase)).Value ?? new ServerOptions().Data;
        return new[] { "gesso-server.json", Path.Combine(data, "gesso-server.json") }.FirstOrDefault(File.Exists);
    }

    private static IConfigurationRoot Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return new ConfigurationBuilder().AddJsonStream(stream).Build();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid("bad_configuration", $"The configuration file {path} cannot be read: {e.Message}", e);
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException)
        {
            throw GessoException.Invalid("bad_configuration", $"The configuration file {path} is not JSON: {e.InnerException?.Message ?? e.Message}", e);
        }
    }

    private static ServerOptions Bind(IConfigurationRoot configuration, bool strict, string? path)
    {
        try
        {
            return configuration.Get<ServerOptions>(o => o.ErrorOnUnknownConfiguration = strict) ?? new ServerOptions();
        }
        catch (InvalidOperationException e)
        {
            string where = path is null ? "" : $" ({path})";
            throw GessoException.Invalid("bad_configuration", $"{Reason(e)}{where}. docs/configuration.md lists every field with its range.", e);
        }
    }

    /// <summary>The binder speaks of classes and types; whoever wrote the file knows fields and values.</summary>
    private static string Reason(InvalidOperationException e)
    {
        if (Unknown().Match(e.Message) is { Success: true } unknown)
            return $"expected known fields, got {unknown.Groups[1].Value}: check the spelling and the level";
        if (Unreadable().Match(e.Message) is not { Success: true } unreadable)
            return e.Message.TrimEnd('.');
        string field = string.Join(':', unreadable.Groups[2].Value.Split(':').Select(JsonNamingPolicy.CamelCase.ConvertName));
        string type = unreadable.Groups[3].Value;
        string expected = type.Contains("Int", StringComparison.Ordinal) ? "a whole number"
            : type.Contains("TimeSpan", StringComparison.Ordinal) ? "a time as [d.]hh:mm:ss"
            : type.Contains("Boolean", StringComparison.Ordinal) ? "true or false"
            : "a number";
        return $"{field}: expected {expected}, got \"{unreadable.Groups[1].Value}\"";
    }

    [GeneratedRegex(@"properties were not found on the instance of [^:]*: (.*?)\.?$")]
    private static partial Regex Unknown();

    [GeneratedRegex(@"^Failed to convert configuration value '(.*)' at '(.*)' to type '(.*)'", RegexOptions.Singleline)]
    private static partial Regex Unreadable();
}
