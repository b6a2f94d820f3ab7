using System.CommandLine;
using System.Runtime.InteropServices;
using Gesso.Server.Hosting;
using Gesso.Server.Workers;

namespace Gesso.Cli.Commands;

/// <summary><c>gesso serve</c>: the server, with a worker process for each device.</summary>
internal sealed class ServeCommand
{
    public const string Name = "serve";

    private readonly ServerArguments _server = new();
    private readonly Option<string?> _urls = new("--urls") { Description = $"Addresses to listen on, separated by semicolons. Default: {ServerOptions.DefaultUrl}.", HelpName = "URLS" };
    private readonly Option<int?> _workers = new("--workers") { Description = "Worker processes to start; 0: they run elsewhere. Default: one for each device.", HelpName = "N" };
    private readonly Option<bool> _json = new("--print-json") { Description = "Print addresses and the key of the first start as JSON." };

    public static Command Create()
    {
        var serve = new ServeCommand();
        var command = new Command(Name, "Run the image server: OpenAI's images API, a durable queue, a page to draw on.") { serve._urls, serve._workers, serve._json };
        serve._server.AddTo(command);
        command.SetAction(serve.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var options = _server.Options(
            parsed,
            ("urls", parsed.GetValue(_urls)),
            ("workers", parsed.GetValue(_workers)?.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var (program, arguments) = Invocation.OfThisProgram();
        var command = new WorkerCommand(program, [.. arguments, WorkerCommandLine.Name, .. _server.ForWorker(parsed, options)])
        {
            // a password belongs into no list of processes
            Environment = new Dictionary<string, string> { ["GESSO_DATABASE"] = options.DatabaseOrDefault },
        };
        int interrupts = 0;
        using var impatience = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ =>
        {
            // once more: whoever sits at the terminal does not want to wait for callers; nothing is lost, jobs are in the store
            if (Interlocked.Increment(ref interrupts) > 1)
                Environment.Exit(ExitCodes.Cancelled);
        });
        await ServerRun.RunAsync(options, command, parsed.InvocationConfiguration.Output, parsed.GetValue(_json), cancellation);
        return ExitCodes.Ok;
    }
}
