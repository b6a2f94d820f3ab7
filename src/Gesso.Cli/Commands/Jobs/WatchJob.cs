using System.CommandLine;
using Gesso.Cli.Rendering;
using Gesso.Client;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;

namespace Gesso.Cli.Commands.Jobs;

/// <summary><c>gesso jobs watch</c>: progress and previews in the terminal until the job ends, through restarts of the server.</summary>
internal sealed class WatchJob(ClientArguments client)
{
    private readonly Argument<string> _job = JobsCommand.Job();
    private readonly Option<string?> _out = new("--out", "-o") { Description = "Save the pictures in this folder.", HelpName = "FOLDER" };
    private readonly Option<string> _preview = new("--preview") { Description = "Show the picture while it forms: auto, kitty, iterm, sixel, blocks, off.", DefaultValueFactory = _ => "auto" };

    public Command Create()
    {
        _preview.AcceptOnlyFromAmong([.. PreviewOption.Values]);
        var command = new Command("watch", "Watch a job until it ends; ends with an error when the job does.") { _job, _out, _preview };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        var folder = PictureFolder.Open(parsed.GetValue(_out));
        var terminal = ConsoleTerminal.Detect(ConsoleStream.Error, PreviewOption.Parse(parsed.GetValue(_preview)!));
        bool json = client.IsJson(parsed);
        using var server = client.Connect(parsed, ClientArguments.Long);
        using var screen = new Screen(json ? TextWriter.Null : parsed.InvocationConfiguration.Error, terminal);
        string id = parsed.GetValue(_job)!;
        Job? ended = null;
        try
        {
            await foreach (var notice in server.Jobs.WatchAsync(id, previews: !json && terminal.Preview != PreviewProtocol.None, cancellation))
            {
                if (json)
                    ClientArguments.PrintLine(output, notice);
                screen.Show(notice);
                if (notice is PictureFinished { Picture: var picture } && folder is not null)
                {
                    string file = await folder.SaveAsync(server, picture, cancellation);
                    if (!json)
                        output.WriteLine(file);
                }
                if (notice is JobChanged { Now: { IsFinished: true } now })
                    ended = now;
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            parsed.InvocationConfiguration.Error.WriteLine($"gesso: stopped watching; the job goes on. `gesso jobs cancel {id}` ends it.");
            return ExitCodes.Cancelled;
        }
        _ = (ended ?? await server.Jobs.GetAsync(id, cancellation)).EnsureSucceeded();
        screen.Complete();
        return ExitCodes.Ok;
    }

    /// <summary>Notices on the error stream.</summary>
    private sealed class Screen(TextWriter error, TerminalCapabilities terminal) : IDisposable
    {
        private GenerationProgress? _progress;
        private (int Images, int Steps) _shape;

        public void Show(JobNotice notice)
        {
            switch (notice)
            {
                case JobPlaced { Position: var position, Wait: var wait }:
                    Line($"{(position == 0 ? "next in the queue" : $"queued, {position} before it")}{(JobWords.Duration(wait) is { } time ? $", about {time}" : "")}");
                    break;
                case JobChanged { Event: "started" }:
                    Line("drawing");
                    break;
                case JobChanged { Event: "returned" }:
                    Line("back in the queue: its worker is gone");
                    break;
                case ConnectionChanged { Connected: false }:
                    Line("the connection is lost; trying again");
                    break;
                case JobAdvanced { Progress: var step }:
                    Advance(step);
                    break;
            }
        }

        public void Complete() => _progress?.Complete("done");

        public void Dispose() => _progress?.Dispose();

        private void Line(string text)
        {
            if (_progress is null)
                error.WriteLine(text);
            else
                _progress.Note(text);
        }

        private void Advance(JobProgress step)
        {
            var shape = (Math.Max(1, step.Images), Math.Max(1, step.Steps));
            if (_progress is null || _shape != shape)
            {
                _progress?.Dispose();
                _shape = shape;
                _progress = new GenerationProgress(error, terminal, TimeProvider.System, shape.Item1, shape.Item2);
            }
            _progress.Step(Math.Clamp(step.Image + 1, 1, _shape.Images), Math.Clamp(step.Step, 0, _shape.Steps), Preview(step.Preview));
        }

        /// <summary>A preview that cannot be read is left out: it is only a preview.</summary>
        private static RasterImage? Preview(string? dataUrl)
        {
            int comma = dataUrl?.IndexOf(',', StringComparison.Ordinal) ?? -1;
            byte[] bytes = new byte[(dataUrl?.Length ?? 0) * 3 / 4];
            if (comma < 0 || !Convert.TryFromBase64Chars(dataUrl.AsSpan(comma + 1), bytes, out int length))
                return null;
            try
            {
                return ImageFiles.Decode(bytes[..length], "preview");
            }
            catch (GessoException)
            {
                return null;
            }
        }
    }
}
