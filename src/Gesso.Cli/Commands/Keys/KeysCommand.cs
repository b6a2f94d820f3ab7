using System.CommandLine;
using Gesso.Cli.Commands.Jobs;
using Gesso.Cli.Rendering;
using Gesso.Client;

namespace Gesso.Cli.Commands.Keys;

/// <summary><c>gesso keys</c>: the API keys of a server, for its administrators.</summary>
internal sealed class KeysCommand(ClientArguments client)
{
    private readonly Argument<string> _key = new("key") { Description = "Its id, key_…" };
    private readonly Option<string> _overlap = new("--overlap") { Description = "How long the old secret goes on working: 30m, 12h, 7d.", HelpName = "TIME", DefaultValueFactory = _ => "1h" };

    public static Command Create()
    {
        var client = new ClientArguments();
        var keys = new KeysCommand(client);
        var list = new Command("list", "List keys; secrets are not among what is shown.");
        list.SetAction(keys.ListAsync);
        var revoke = new Command("revoke", "Revoke a key: it is refused from then on.") { keys._key };
        revoke.SetAction(keys.RevokeAsync);
        var rotate = new Command("rotate", "Give a key a new secret.") { keys._key, keys._overlap };
        rotate.SetAction(keys.RotateAsync);
        var command = new Command("keys", "See, make and revoke the API keys of a server.") { list, new CreateKey(client).Create(), revoke, rotate };
        client.AddTo(command);
        return command;
    }

    /// <summary>The secret alone on standard output, so that scripts can catch it; the rest beside it.</summary>
    public static int PrintSecret(ParseResult parsed, ApiKey key, bool json)
    {
        if (json)
        {
            ClientArguments.Print(parsed.InvocationConfiguration.Output, key);
            return ExitCodes.Ok;
        }
        parsed.InvocationConfiguration.Output.WriteLine(key.Secret);
        parsed.InvocationConfiguration.Error.WriteLine(TextCells.OneLine($"{key.Id} \"{key.Name}\", {Word(key.Role)}. The secret is shown this once: keep it now."));
        return ExitCodes.Ok;
    }

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        using var server = client.Connect(parsed, ClientArguments.Brief);
        var keys = await server.Keys.ListAsync(cancellation);
        if (client.IsJson(parsed))
        {
            ClientArguments.Print(output, keys);
            return ExitCodes.Ok;
        }
        var now = TimeProvider.System.GetUtcNow();
        TextTable.Write(
            output,
            ConsoleTerminal.Detect(ConsoleStream.Output, PreviewProtocol.None),
            ["KEY", "STARTS", "ROLE", "TENANT", "STATE", "LAST USED", "NAME"],
            keys.Select(key => new[] { key.Id, key.Prefix ?? "", Word(key.Role), key.Tenant, State(key, now), key.LastUsed is { } used ? JobWords.Age(used, now) + " ago" : "never", key.Name }));
        return ExitCodes.Ok;
    }

    private async Task<int> RevokeAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string key = parsed.GetValue(_key)!;
        using var server = client.Connect(parsed, ClientArguments.Brief);
        await server.Keys.RevokeAsync(key, cancellation);
        if (!client.IsJson(parsed))
            parsed.InvocationConfiguration.Output.WriteLine($"{key}  revoked");
        return ExitCodes.Ok;
    }

    private async Task<int> RotateAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var overlap = TimeText.Parse("--overlap", parsed.GetValue(_overlap)!);
        using var server = client.Connect(parsed, ClientArguments.Brief);
        return PrintSecret(parsed, await server.Keys.RotateAsync(parsed.GetValue(_key)!, overlap, cancellation), client.IsJson(parsed));
    }

    private static string Word(KeyRole role) => role.ToString().ToLowerInvariant();

    private static string State(ApiKey key, DateTimeOffset now) => key switch
    {
        { Revoked: not null } => "revoked",
        { Expires: { } end } when end <= now => "expired",
        { Expires: { } end } => $"until {end.ToLocalTime():yyyy-MM-dd}",
        _ => "valid",
    };
}
