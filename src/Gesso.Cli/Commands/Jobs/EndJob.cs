using System.CommandLine;
using Gesso.Client;

namespace Gesso.Cli.Commands.Jobs;

/// <summary><c>gesso jobs cancel</c>, <c>retry</c> and <c>delete</c>: one call for each id.</summary>
internal sealed class EndJob
{
    private readonly ClientArguments _client;
    private readonly Func<GessoClient, string, CancellationToken, Task<Job?>> _call;
    private readonly Argument<string[]> _jobs = new("job") { Description = "Ids, job_…", Arity = ArgumentArity.OneOrMore };

    private EndJob(ClientArguments client, Func<GessoClient, string, CancellationToken, Task<Job?>> call)
    {
        _client = client;
        _call = call;
    }

    public static Command Cancel(ClientArguments client) =>
        new EndJob(client, async (server, id, cancellation) => await server.Jobs.CancelAsync(id, cancellation)).Create("cancel", "Cancel jobs: at once while they wait, within a step while they are drawn.");

    public static Command Retry(ClientArguments client) =>
        new EndJob(client, async (server, id, cancellation) => await server.Jobs.RetryAsync(id, cancellation)).Create("retry", "Queue the same work with the same seeds again, as new jobs.");

    public static Command Delete(ClientArguments client) =>
        new EndJob(
            client,
            async (server, id, cancellation) =>
            {
                await server.Jobs.DeleteAsync(id, cancellation);
                return null;
            }).Create("delete", "Delete finished jobs and their pictures, for good.");

    private Command Create(string name, string description)
    {
        var command = new Command(name, description) { _jobs };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        using var server = _client.Connect(parsed, ClientArguments.Brief);
        foreach (string id in parsed.GetValue(_jobs)!)
        {
            var job = await _call(server, id, cancellation);
            if (job is not null && _client.IsJson(parsed))
                ClientArguments.PrintLine(output, job);
            else if (!_client.IsJson(parsed))
                output.WriteLine(job is null ? $"{id}  deleted" : $"{job.Id}  {JobWords.State(job)}");
        }
        return ExitCodes.Ok;
    }
}
