using System.CommandLine;
using Gesso.Client;

namespace Gesso.Cli.Commands.Keys;

/// <summary><c>gesso keys create</c>.</summary>
internal sealed class CreateKey(ClientArguments client)
{
    private readonly Argument<string> _name = new("name") { Description = "What its owner calls it." };
    private readonly Option<KeyRole?> _role = new("--role") { Description = "submit (if not given): draw; read: look; admin: keys, tenants and everybody's jobs.", HelpName = "ROLE" };
    private readonly Option<string?> _tenant = new("--tenant") { Description = "Whose jobs and pictures it shares. Default: those of the key that asks.", HelpName = "ID" };
    private readonly Option<string?> _expires = new("--expires") { Description = "Ends after this time: 12h, 30d. Default: never.", HelpName = "TIME" };
    private readonly Option<int?> _requests = new("--requests-per-minute") { Description = "Limit of its requests.", HelpName = "N" };
    private readonly Option<int?> _pictures = new("--pictures-per-minute") { Description = "Limit of its pictures.", HelpName = "N" };
    private readonly Option<int?> _queued = new("--queued-jobs") { Description = "Jobs that may wait or run at a time.", HelpName = "N" };
    private readonly Option<long?> _pixels = new("--max-pixels") { Description = "Pixels of one picture.", HelpName = "N" };
    private readonly Option<int?> _priority = new("--max-priority") { Description = "Highest priority it may ask for, -10 to 10.", HelpName = "N" };
    private readonly Option<string?> _adapters = new("--adapters") { Description = "Adapters it may see and use, for example \"brand,acme-*\"; \"\" for none. Default: all.", HelpName = "NAMES" };

    public Command Create()
    {
        var command = new Command("create", "Make a key and print its secret, which is shown once.") { _name, _role, _tenant, _expires, _requests, _pictures, _queued, _pixels, _priority, _adapters };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var limits = new KeyLimits
        {
            RequestsPerMinute = parsed.GetValue(_requests),
            PicturesPerMinute = parsed.GetValue(_pictures),
            QueuedJobs = parsed.GetValue(_queued),
            MaxPixels = parsed.GetValue(_pixels),
            MaxPriority = parsed.GetValue(_priority),
            Adapters = parsed.GetValue(_adapters)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        };
        var key = new NewKey
        {
            Name = parsed.GetValue(_name)!,
            Role = parsed.GetValue(_role) ?? KeyRole.Submit,
            Tenant = parsed.GetValue(_tenant),
            Expires = parsed.GetValue(_expires) is { } expires ? TimeProvider.System.GetUtcNow() + TimeText.Parse("--expires", expires) : null,
            Limits = limits == new KeyLimits() ? null : limits,
        };
        using var server = client.Connect(parsed, ClientArguments.Brief);
        return KeysCommand.PrintSecret(parsed, await server.Keys.CreateAsync(key, cancellation), client.IsJson(parsed));
    }
}
