using System.CommandLine;

namespace Gesso.Cli.Commands.Jobs;

/// <summary><c>gesso jobs</c>: the queue of a server, for people without a browser.</summary>
internal static class JobsCommand
{
    public static Command Create()
    {
        var client = new ClientArguments();
        var command = new Command("jobs", "See, send and end the jobs of a server.")
        {
            new ListJobs(client).Create(),
            new ShowJob(client).Create(),
            new WatchJob(client).Create(),
            new SubmitJobs(client).Create(),
            EndJob.Cancel(client),
            EndJob.Retry(client),
            EndJob.Delete(client),
        };
        client.AddTo(command);
        return command;
    }

    /// <summary>The id that most of these commands are about.</summary>
    public static Argument<string> Job() => new("job") { Description = "Its id, job_…" };
}
