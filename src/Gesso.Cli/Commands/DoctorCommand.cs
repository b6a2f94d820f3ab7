using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gesso.Cli.Rendering;

namespace Gesso.Cli.Commands;

/// <summary><c>gesso doctor</c>: what this machine has, what Gesso found of it, and whether a picture comes out.</summary>
internal sealed class DoctorCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly EngineArguments _engine = new();
    private readonly ServerArguments _server = new();
    private readonly Option<bool> _json = new("--json") { Description = "Print the findings as JSON." };

    public static Command Create()
    {
        var doctor = new DoctorCommand();
        var command = new Command("doctor", "Check this machine: runtime, device, memory, disk, models. Exit code 0 when pictures can be drawn, 4 when not.") { doctor._json };
        doctor._engine.AddTo(command);
        doctor._server.AddTo(command);
        command.SetAction(doctor.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        var report = DoctorReport.Take(_engine.Options(parsed), () => _engine.Source(parsed)) with
        {
            Server = await DoctorServer.TakeAsync(() => _server.Options(parsed), cancellation),
        };
        if (parsed.GetValue(_json))
            output.WriteLine(JsonSerializer.Serialize(report, Json));
        else
            Print(report, output);
        return report.Healthy ? ExitCodes.Ok : ExitCodes.Unavailable;
    }

    private static void Print(DoctorReport report, TextWriter output)
    {
        void Line(string name, string value) => output.WriteLine($"{name,-12} {value}");
        var machine = report.Machine;
        Line("gesso", $"{report.Gesso}, .NET {report.Dotnet}");
        Line("system", $"{machine.OperatingSystem} ({machine.Rid}), glibc {machine.Glibc?.ToString() ?? "none"}, libstdc++ up to GLIBCXX_{machine.LibStdCxx?.ToString() ?? "unknown"}");
        Line("processor", $"{machine.Cpu.Model}, {machine.Cpu.UsableProcessors} usable, {string.Join(" ", machine.Cpu.Features)}");
        Line("memory", $"{Quantities.Bytes(machine.Memory.AvailableBytes)} free of {Quantities.Bytes(machine.Memory.TotalBytes)}{(machine.Memory.LimitedBy is { } by ? $" (limited by {by})" : "")}");
        foreach (var device in machine.Cuda)
            Line("gpu", $"{device.Index}: {device.Name}, {Quantities.Bytes(device.FreeBytes)} free of {Quantities.Bytes(device.TotalBytes)}, driver {device.DriverVersion}, compute {device.ComputeCapability}");
        if (machine.Cuda.Count == 0)
            Line("gpu", machine.CudaNote ?? "none");
        foreach (var disk in machine.Disks)
            Line("disk", $"{(disk.FreeBytes is { } free ? Quantities.Bytes(free) : "unknown")} free at {disk.Folder}");
        if (report.Runtime is { } runtime)
        {
            Line("libtorch", $"{runtime.LibTorchVersion} from {runtime.LibTorchFolder}");
            Line("torchsharp", $"{runtime.TorchSharpVersion} from {runtime.ShimPath}{(runtime.ShimPatched ? " (marked copy for this libstdc++)" : "")}");
            Line("compute", runtime.CudaAvailable ? $"{runtime.CudaDevices} CUDA device(s)" : $"CPU, {runtime.Threads} threads");
            foreach (string step in runtime.Trace)
                Line("", step);
        }
        if (report.Picture is { } picture)
            Line("self-test", $"{picture.Model} drew a {picture.Size} picture in {picture.Steps} step(s), {picture.Seconds:0.00} s with loading");
        if (report.Server is { } server)
            PrintServer(server, Line);
        foreach (string problem in report.Problems.Concat(report.Server?.Problems ?? []))
            output.WriteLine($"PROBLEM      {problem.ReplaceLineEndings("\n             ")}");
        output.WriteLine(report.Healthy ? "All well: pictures can be drawn." : "Pictures cannot be drawn until the problems above are solved.");
    }

    private static void PrintServer(DoctorServer server, Action<string, string> line)
    {
        line("server", $"{(server.Running ? $"running at {server.Url ?? "an unknown address"}" : "not running")}, data in {server.Data}");
        if (server.Database is { } database)
            line("database", server.Queue is { } queue ? $"{database}: {queue.Queued} jobs waiting, {queue.Running} running" : database);
        foreach (var worker in server.Workers)
            line("worker", $"{worker.Id} on {worker.Device} ({worker.Host}), {worker.State}, draws with {string.Join(", ", worker.Models)}");
    }
}
