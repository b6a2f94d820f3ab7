using System.CommandLine;
using Gesso.Cli.Commands;
using Gesso.Cli.Commands.Jobs;
using Gesso.Cli.Commands.Keys;
using Gesso.Cli.Commands.Lora;
using Gesso.Cli.Commands.Text;
using Gesso.Cli.Commands.Train;
using Gesso.Contracts.Errors;
using Gesso.Training.Kohya;

namespace Gesso.Cli;

/// <summary>The <c>gesso</c> program: its commands, and how their ends become sentences and exit codes.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <param name="kohya">Flags of kohya's trainer that were given to <c>train</c>.</param>
    public static RootCommand Create(KohyaArguments? kohya = null)
    {
        var root = new RootCommand("Gesso draws pictures with FLUX on your own machine.");
        root.Add(GenerateCommand.Create());
        root.Add(TextCommand.Create());
        root.Add(TrainCommand.Create(kohya));
        root.Add(ModelsCommand.Create());
        root.Add(InspectCommand.Create());
        root.Add(LoraCommand.Create());
        root.Add(PullCommand.Create());
        root.Add(FontsCommand.Create());
        root.Add(ServeCommand.Create());
        root.Add(JobsCommand.Create());
        root.Add(KeysCommand.Create());
        root.Add(WorkerCommandLine.Create());
        root.Add(DoctorCommand.Create());
        return root;
    }

    /// <summary>How long a command may take to end after Ctrl-C or SIGTERM. Servers, workers and trainers save work: they bound that themselves.</summary>
    internal static TimeSpan GraceAfterInterrupt(ParseResult parsed) =>
        parsed.CommandResult.Command.Name is ServeCommand.Name or WorkerCommandLine.Name or TrainCommand.Name ? Timeout.InfiniteTimeSpan : Grace;

    /// <param name="arguments">As given to the program.</param>
    /// <param name="output">Results; null: standard output.</param>
    /// <param name="error">Progress, notes and errors; null: standard error.</param>
    public static async Task<int> RunAsync(string[] arguments, TextWriter? output = null, TextWriter? error = null)
    {
        KohyaArguments? kohya = null;
        try
        {
            if (arguments is [TrainCommand.Name, .. var words] && KohyaArguments.Matches(words))
            {
                kohya = KohyaArguments.Parse(words);
                arguments = [TrainCommand.Name, .. kohya.Others];
            }
        }
        catch (GessoException e)
        {
            return Ending.Report(e, error ?? Console.Error);
        }
        var parsed = Create(kohya).Parse(arguments);
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
