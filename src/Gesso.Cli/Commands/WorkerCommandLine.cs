using System.CommandLine;
using System.Runtime.InteropServices;
using Gesso.Engine;
using Gesso.Engine.Library;
using Gesso.Platform;
using Gesso.Platform.Workers;
using Gesso.Server.Hosting;
using Gesso.Server.Telemetry;
using Gesso.Storage;
using Gesso.Worker;
using Microsoft.Extensions.Logging;

namespace Gesso.Cli.Commands;

/// <summary><c>gesso worker</c>: draws the jobs of a queue; started by <c>gesso serve</c>, or by hand on further machines.</summary>
internal sealed class WorkerCommandLine
{
    public const string Name = "worker";

    private readonly ServerArguments _server = new();
    private readonly Option<string> _device = new("--device") { Description = "auto, cpu, cuda or cuda:N.", DefaultValueFactory = _ => "auto" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Compute threads. Default: one a core.", HelpName = "N" };
    private readonly Option<int?> _batch = new("--max-batch") { Description = "Jobs of one shape drawn together. Default: 1 on the CPU, else 4.", HelpName = "N" };
    private readonly Option<int?> _slot = new("--slot") { Hidden = true };
    private readonly Option<string?> _id = new("--id") { Hidden = true };

    public static Command Create()
    {
        var worker = new WorkerCommandLine();
        var command = new Command(Name, "Draw the jobs of a server's queue (one process for each device).") { worker._device, worker._threads, worker._batch, worker._slot, worker._id };
        worker._server.AddTo(command);
        command.SetAction(worker.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        _ = new EngineOptions { Device = parsed.GetValue(_device)!, Threads = parsed.GetValue(_threads) }.Validate();
        var server = _server.Options(parsed);
        var time = new SteadyClock();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, stopping));
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, stopping));
        using var loggers = LoggerFactory.Create(builder => ServerLogging.Configure(builder, server));
        await using var opened = await ServerStores.OpenAsync(server, time, cancellation);
        var options = new WorkerOptions
        {
            Id = parsed.GetValue(_id) is { } id ? new WorkerId(id) : new SortableId(time).NewWorker(),
            Slot = parsed.GetValue(_slot),
            Device = parsed.GetValue(_device)!,
            Threads = parsed.GetValue(_threads),
            MaxBatch = parsed.GetValue(_batch),
            Heartbeat = server.Worker.Heartbeat,
            CheckpointInterval = server.Worker.CheckpointInterval,
            Stall = server.Worker.Stall,
            OrphanPatience = server.Worker.OrphanPatience,
            Folder = new DataFolder(Path.GetFullPath(server.Data)),
            Adapters = AdapterLibrary.Of(server.Adapters),
            Models = server.ModelsOrDefault.Where(m => !m.Value.IsNull).ToDictionary(m => m.Key, m => Location(m.Key, m.Value)),
        };
        using var telemetry = OtlpExport.Start(server, "gesso-worker", options.Id.Value);
        return await WorkerProgram.RunAsync(options, opened.Stores, time, loggers, stopping.Token);
    }

    /// <summary>The process ends when the work is saved, not at the signal.</summary>
    private static void Stop(PosixSignalContext context, CancellationTokenSource stopping)
    {
        context.Cancel = true;
        stopping.Cancel();
    }

    private static ModelLocation Location(string name, ModelOptions model) => new(
        model.Path ?? (name == ModelLibrary.Bundled ? null : name),
        new CompanionFiles { Clip = model.Clip, T5 = model.T5, AutoEncoder = model.AutoEncoder, Tokenizers = model.Tokenizers });
}
