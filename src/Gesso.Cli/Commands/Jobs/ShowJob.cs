using System.CommandLine;
using Gesso.Cli.Rendering;
using Gesso.Client;

namespace Gesso.Cli.Commands.Jobs;

/// <summary><c>gesso jobs show</c>.</summary>
internal sealed class ShowJob(ClientArguments client)
{
    private readonly Argument<string> _job = JobsCommand.Job();

    public Command Create()
    {
        var command = new Command("show", "Show a job: where it stands, what it draws, what came of it.") { _job };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        using var server = client.Connect(parsed, ClientArguments.Brief);
        var job = await server.Jobs.GetAsync(parsed.GetValue(_job)!, cancellation);
        if (client.IsJson(parsed))
            ClientArguments.Print(output, job);
        else
            TextTable.WritePairs(output, [.. Facts(job), .. job.Pictures.Select(picture => ("picture", (string?)$"{picture.Id}  {picture.Size}  seed {picture.Seed}  {Quantities.Bytes(picture.Bytes)}"))]);
        return ExitCodes.Ok;
    }

    private static IEnumerable<(string Name, string? Value)> Facts(Job job)
    {
        var request = job.Request;
        yield return ("job", job.Id);
        yield return ("state", JobWords.State(job));
        yield return ("error", job.Error?.Message);
        yield return ("prompt", job.Prompt);
        yield return ("negative", string.IsNullOrEmpty(request?.NegativePrompt) ? null : request.NegativePrompt);
        yield return ("model", job.Model);
        yield return ("size", job.Size?.ToString());
        yield return ("seed", request?.Seed?.ToString());
        yield return ("steps", request?.Steps?.ToString());
        yield return ("guidance", request?.Guidance?.ToString());
        yield return ("true guidance", request?.TrueGuidance?.ToString());
        yield return ("strength", request?.Strength?.ToString());
        yield return ("sampler", request?.Sampler);
        yield return ("pictures", $"{job.Pictures.Count} of {job.Count}");
        yield return ("created", JobWords.Moment(job.Created));
        yield return ("started", job.Started is { } started ? JobWords.Moment(started) : null);
        yield return ("finished", job.Finished is { } finished ? JobWords.Moment(finished) : null);
        yield return ("wait", JobWords.Duration(job.Wait));
        yield return ("left", JobWords.Duration(job.Progress?.Left));
        yield return ("attempts", job.Attempt > 1 ? job.Attempt.ToString() : null);
        yield return ("batch", job.Batch);
        yield return ("custom id", job.CustomId);
        yield return ("key", job.Key);
    }
}
