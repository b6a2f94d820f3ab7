using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gesso.Client;
using Gesso.Contracts.Errors;
using Gesso.Server.Hosting;

namespace Gesso.Cli.Commands;

/// <summary>The options that commands share which talk to a server: which one, with whose key, and whether to answer as JSON.</summary>
internal sealed class ClientArguments
{
    /// <summary>For questions: whoever asks wants to hear soon that nobody is there.</summary>
    public static readonly TimeSpan Brief = TimeSpan.FromSeconds(3);

    /// <summary>For watching: a server may be restarted meanwhile.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromMinutes(10);

    private readonly Option<string?> _server = new("--server")
    {
        Description = $"Address of the server. Default: GESSO_SERVER, then the server that runs on this machine, then {ServerOptions.DefaultUrl}.",
        HelpName = "URL",
        Recursive = true,
    };
    private readonly Option<string?> _key = new("--key") { Description = "API key. Default: GESSO_KEY, then the first key of the server on this machine.", HelpName = "KEY", Recursive = true };
    private readonly Option<bool> _json = new("--json") { Description = "Print as JSON.", Recursive = true };

    /// <summary>On a command with subcommands, which all take them.</summary>
    public void AddTo(Command command)
    {
        command.Add(_server);
        command.Add(_key);
        command.Add(_json);
    }

    public bool IsJson(ParseResult parsed) => parsed.GetValue(_json);

    public GessoClient Connect(ParseResult parsed, TimeSpan patience)
    {
        var local = LocalServer.Find();
        string? asked = parsed.GetValue(_server) ?? Variable("GESSO_SERVER");
        string url = asked ?? local.Url ?? ServerOptions.DefaultUrl;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var server))
            throw GessoException.Invalid("bad_server", $"The server's address is \"{url}\"; expected one such as {ServerOptions.DefaultUrl}.");
        string key = parsed.GetValue(_key) ?? Variable("GESSO_KEY") ?? OwnKey(server, local, isNamed: asked is not null)
            ?? throw GessoException.Invalid("no_key", $"{server} needs an API key: give --key or set GESSO_KEY. The first start of the server printed one, and `gesso keys create` makes more.");
        return new GessoClient(server, key, options: new GessoClientOptions { Patience = patience });
    }

    /// <summary>Prints a record of the client as the server sends it, indented.</summary>
    public static void Print<T>(TextWriter output, T value) => output.WriteLine(JsonSerializer.Serialize(value, Info<T>(indented: true)));

    /// <summary>The same on one line, for streams of records.</summary>
    public static void PrintLine<T>(TextWriter output, T value)
    {
        output.WriteLine(JsonSerializer.Serialize(value, Info<T>(indented: false)));
        output.Flush();
    }

    private static JsonTypeInfo<T> Info<T>(bool indented) =>
        (JsonTypeInfo<T>)(indented ? s_indented : GessoClient.JsonOptions).GetTypeInfo(typeof(T));

    private static readonly JsonSerializerOptions s_indented = new(GessoClient.JsonOptions) { WriteIndented = true };

    /// <summary>The administrator's key leaves this machine for no other one: it goes to the server it belongs to, at a loopback address.</summary>
    private static string? OwnKey(Uri server, LocalServer local, bool isNamed)
    {
        bool isOwn = !isNamed || (local.Url is { } url && Uri.TryCreate(url, UriKind.Absolute, out var own) && own.Authority == server.Authority);
        return isOwn && server.IsLoopback ? local.AdminKey() : null;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
