using System.CommandLine;
using Gesso.Cli.Rendering;
using Gesso.Client;
using Gesso.Contracts.Errors;

namespace Gesso.Cli.Commands.Jobs;

/// <summary><c>gesso jobs list</c>.</summary>
internal sealed class ListJobs(ClientArguments client)
{
    private const int DefaultLimit = 20;

    private readonly Option<string?> _state = new("--state") { Description = "Only these states, separated by commas: queued, running, succeeded, failed, cancelled.", HelpName = "STATES" };
    private readonly Option<string?> _batch = new("--batch") { Description = "Only jobs of this batch.", HelpName = "ID" };
    private readonly Option<int> _limit = new("--limit", "-n") { Description = "At most so many.", HelpName = "N", DefaultValueFactory = _ => DefaultLimit };

    public Command Create()
    {
        var command = new Command("list", "List jobs, newest first.") { _state, _batch, _limit };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        var states = States(parsed.GetValue(_state));
        int limit = parsed.GetValue(_limit);
        if (limit < 1)
            throw GessoException.Invalid("bad_limit", $"--limit: expected 1 or more, got {limit}.");
        using var server = client.Connect(parsed, ClientArguments.Brief);
        List<Job> jobs = await server.Jobs.ListAsync(states, parsed.GetValue(_batch), cancellation).Take(limit).ToListAsync(cancellation);
        if (client.IsJson(parsed))
        {
            ClientArguments.Print(output, jobs);
            return ExitCodes.Ok;
        }
        if (jobs.Count == 0)
        {
            parsed.InvocationConfiguration.Error.WriteLine("No jobs.");
            return ExitCodes.Ok;
        }
        var now = TimeProvider.System.GetUtcNow();
        TextTable.Write(
            output,
            ConsoleTerminal.Detect(ConsoleStream.Output, PreviewProtocol.None),
            ["JOB", "STATE", "AGE", "PICTURES", "PROMPT"],
            jobs.Select(job => new[] { job.Id, JobWords.State(job), JobWords.Age(job.Created, now), $"{job.Pictures.Count}/{job.Count}", job.Prompt }));
        return ExitCodes.Ok;
    }

    private static JobState[] States(string? text) =>
        [.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name =>
            Enum.TryParse<JobState>(name, ignoreCase: true, out var state) && !int.TryParse(name, out _)
                ? state
                : throw GessoException.Invalid("bad_state", $"--state: expected {string.Join(", ", Enum.GetNames<JobState>().Select(known => known.ToLowerInvariant()))}, got \"{name}\"."))];
}
