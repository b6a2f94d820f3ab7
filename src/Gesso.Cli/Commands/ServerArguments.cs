using System.Collections;
using System.CommandLine;
using Gesso.Server.Hosting;

namespace Gesso.Cli.Commands;

/// <summary>The options that a server and its workers share: where the configuration comes from, and what overrides it.</summary>
internal sealed class ServerArguments
{
    private readonly Option<string?> _config = new("--config") { Description = "Configuration file (JSON). Default: gesso-server.json here or in the data folder, where there is one.", HelpName = "FILE" };
    private readonly Option<string?> _data = new("--data") { Description = "Folder for the database, pictures and secrets.", HelpName = "FOLDER" };
    private readonly Option<string?> _database = new("--database") { Description = "sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME. Default: SQLite in the data folder.", HelpName = "DATABASE" };
    private readonly Option<string?> _assets = new("--assets") { Description = "folder:PATH or s3://BUCKET/PREFIX?endpoint=URL. Default: a folder in the data folder.", HelpName = "STORE" };

    public void AddTo(Command command)
    {
        foreach (var option in new[] { _config, _data, _database, _assets })
            command.Add(option);
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="more">Further fields given as options.</param>
    public ServerOptions Options(ParseResult parsed, params (string Field, string? Value)[] more)
    {
        Dictionary<string, string?> flags = new()
        {
            ["data"] = Full(parsed.GetValue(_data)),
            ["database"] = parsed.GetValue(_database),
            ["assets"] = parsed.GetValue(_assets),
        };
        foreach (var (field, value) in more)
            flags[field] = value;
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value);
        return ServerConfiguration.Load(parsed.GetValue(_config), flags, environment);
    }

    /// <summary>What a worker of this server must be told to read the same configuration.</summary>
    public IEnumerable<string> ForWorker(ParseResult parsed, ServerOptions options)
    {
        if (parsed.GetValue(_config) is { } config)
        {
            yield return "--config";
            yield return Path.GetFullPath(config);
        }
        yield return "--data";
        yield return Path.GetFullPath(options.Data);
        if (parsed.GetValue(_assets) is { } assets)
        {
            yield return "--assets";
            yield return assets;
        }
    }

    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);
}
