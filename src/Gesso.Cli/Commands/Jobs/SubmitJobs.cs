using System.CommandLine;
using Gesso.Cli.Rendering;
using Gesso.Client;
using Gesso.Contracts.Errors;

namespace Gesso.Cli.Commands.Jobs;

/// <summary><c>gesso jobs submit</c>: a file of JSON lines becomes a batch.</summary>
internal sealed class SubmitJobs(ClientArguments client)
{
    private const string StandardInput = "-";

    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly Argument<string> _file = new("file") { Description = "JSON lines, one job each, for example {\"prompt\":\"a red apple\",\"custom_id\":\"apple\"}; - reads standard input." };
    private readonly Option<bool> _wait = new("--wait") { Description = "Wait until all are finished, then print a JSON line for each." };
    private readonly Option<string?> _out = new("--out", "-o") { Description = "Wait, and save the pictures in this folder.", HelpName = "FOLDER" };

    public Command Create()
    {
        var command = new Command("submit", "Queue a job for each line of a file.") { _file, _wait, _out };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        var error = parsed.InvocationConfiguration.Error;
        byte[] lines = await ReadAsync(parsed.GetValue(_file)!, cancellation);
        var folder = PictureFolder.Open(parsed.GetValue(_out));
        using var server = client.Connect(parsed, ClientArguments.Long);
        var sent = await server.Batches.SubmitLinesAsync(lines, cancellation);
        foreach (var fault in sent.Failed)
            error.WriteLine(TextCells.OneLine($"line {fault.Line}{(fault.CustomId is null ? "" : $" ({fault.CustomId})")}: {fault.Error.Message}"));
        if (!parsed.GetValue(_wait) && folder is null)
        {
            if (client.IsJson(parsed))
                ClientArguments.Print(output, sent);
            else
                output.WriteLine(sent.Batch);
            error.WriteLine($"{sent.Created} queued, {sent.Failed.Count} refused");
            return sent.Failed.Count == 0 ? ExitCodes.Ok : ExitCodes.Invalid;
        }
        if (sent.Created > 0)
            await FinishAsync(server, sent, error, cancellation);
        int failed = await PrintResultsAsync(server, sent.Batch, folder, output, client.IsJson(parsed), cancellation);
        return failed > 0 ? ExitCodes.Unavailable : sent.Failed.Count > 0 ? ExitCodes.Invalid : ExitCodes.Ok;
    }

    private static async Task FinishAsync(GessoClient server, BatchSubmission sent, TextWriter error, CancellationToken cancellation)
    {
        using var progress = new CountProgress(error, ConsoleTerminal.Detect(ConsoleStream.Error, PreviewProtocol.None), TimeProvider.System, sent.Created, "jobs");
        while (true)
        {
            var counts = await server.Batches.GetAsync(sent.Batch, cancellation);
            int left = counts.Queued + counts.Running;
            progress.Show(Math.Max(0, sent.Created - left));
            if (left == 0)
            {
                progress.Complete($"{counts.Succeeded} succeeded, {counts.Failed} failed, {counts.Cancelled} cancelled");
                return;
            }
            await Task.Delay(s_look, cancellation);
        }
    }

    /// <returns>How many jobs did not succeed.</returns>
    private static async Task<int> PrintResultsAsync(GessoClient server, string batch, PictureFolder? folder, TextWriter output, bool json, CancellationToken cancellation)
    {
        int failed = 0;
        await foreach (var result in server.Batches.ResultsAsync(batch, cancellation))
        {
            if (result.State != JobState.Succeeded)
                failed++;
            foreach (var picture in folder is null ? [] : result.Pictures)
            {
                string file = await folder!.SaveAsync(server, picture, cancellation);
                if (!json)
                    output.WriteLine(file);
            }
            if (json || folder is null)
                ClientArguments.PrintLine(output, result);
        }
        return failed;
    }

    private static async Task<byte[]> ReadAsync(string file, CancellationToken cancellation)
    {
        try
        {
            if (file != StandardInput)
                return await File.ReadAllBytesAsync(file, cancellation);
            using var all = new MemoryStream();
            await Console.OpenStandardInput().CopyToAsync(all, cancellation);
            return all.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid("file_unreadable", $"{file} cannot be read: {e.Message}", e);
        }
    }
}
