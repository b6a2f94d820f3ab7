using System.CommandLine;
using Gesso.Cli.Commands;
using Gesso.Cli.Commands.Jobs;
using Gesso.Cli.Commands.Keys;
using Gesso.Cli.Commands.Lora;

namespace Gesso.Cli;

/// <summary>The <c>gesso</c> program: its commands, and how their ends become sentences and exit codes.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static RootCommand Create()
    {
        var root = new RootCommand("Gesso draws pictures with FLUX on your own machine.");
        root.Add(GenerateCommand.Create());
        root.Add(ModelsCommand.Create());
        root.Add(InspectCommand.Create());
        root.Add(LoraCommand.Create());
        root.Add(PullCommand.Create());
        root.Add(ServeCommand.Create());
        root.Add(JobsCommand.Create());
        root.Add(KeysCommand.Create());
        root.Add(WorkerCommandLine.Create());
        root.Add(DoctorCommand.Create());
        return root;
    }

    /// <summary>How long a command may take to end after Ctrl-C or SIGTERM. Servers and workers save work and let callers go: they bound that themselves.</summary>
    internal static TimeSpan GraceAfterInterrupt(ParseResult parsed) =>
        parsed.CommandResult.Command.Name is ServeCommand.Name or WorkerCommandLine.Name ? Timeout.InfiniteTimeSpan : Grace;

    /// <param name="arguments">As given to the program.</param>
    /// <param name="output">Results; null: standard output.</param>
    /// <param name="error">Progress, notes and errors; null: standard error.</param>
    public static async Task<int> RunAsync(string[] arguments, TextWriter? output = null, TextWriter? error = null)
    {
        var parsed = Create().Parse(arguments);
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = GraceAfterInterrupt(parsed) };
        if (output is not null)
            configuration.Output = output;
        if (error is not null)
            configuration.Error = error;
        try
        {
            if (UnreadableValue.Of(parsed) is { } unreadable)
            {
                configuration.Error.WriteLine($"gesso: {unreadable}");
                return ExitCodes.Usage;
            }
            return await parsed.InvokeAsync(configuration);
        }
        catch (Exception e)
        {
            return Ending.Report(e, configuration.Error);
        }
    }
}
