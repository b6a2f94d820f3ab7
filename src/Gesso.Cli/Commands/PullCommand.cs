using System.Collections;
using System.CommandLine;
using Gesso.Cli.Rendering;
using Gesso.Engine.Library;
using Gesso.Engine.Library.Hub;

namespace Gesso.Cli.Commands;

/// <summary><c>gesso pull</c>: real FLUX weights from the hub (or a mirror of it, <c>HF_ENDPOINT</c>), verified and resumable.</summary>
internal sealed class PullCommand
{
    private readonly Argument<string?> _source = new("model")
    {
        Description = "A short name (see --list), owner/name on the hub, or the https address of a .safetensors or .gguf file.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string?> _revision = new("--revision") { Description = "Branch, tag or commit.", HelpName = "NAME" };
    private readonly Option<string?> _singleFile = new("--single-file") { Description = "Only this file of the repository.", HelpName = "NAME" };
    private readonly Option<string?> _to = new("--to") { Description = "Folder that holds models.", HelpName = "FOLDER" };
    private readonly Option<bool> _list = new("--list") { Description = "Show the short names." };

    public static Command Create()
    {
        var pull = new PullCommand();
        var command = new Command("pull", "Download a model.") { pull._source, pull._revision, pull._singleFile, pull._to, pull._list };
        command.SetAction(pull.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.InvocationConfiguration.Output;
        var error = parsed.InvocationConfiguration.Error;
        string? source = parsed.GetValue(_source);
        if (source is null || parsed.GetValue(_list))
        {
            ListKnown(output);
            return source is null && !parsed.GetValue(_list) ? ExitCodes.Usage : ExitCodes.Ok;
        }
        if (KnownModel.Find(source) is { } known)
        {
            error.WriteLine($"{known.Repo}: {known.License}, {known.ApproximateSize}");
            if (!known.IsSupported)
                error.WriteLine($"note: Gesso does not run this model yet ({known.Supported}).");
        }
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");
        using var client = new HubClient(HubOptions.FromEnvironment(environment, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)));
        using var progress = new DownloadProgress(error, ConsoleTerminal.Detect(ConsoleStream.Error, PreviewProtocol.None), TimeProvider.System);
        var request = new PullRequest
        {
            Source = source,
            ModelsRoot = parsed.GetValue(_to) ?? ModelLibrary.InstallRoot(),
            Revision = parsed.GetValue(_revision),
            SingleFile = parsed.GetValue(_singleFile),
        };
        var pulled = await client.PullAsync(request, progress, cancellation);
        progress.Complete($"{pulled.Files.Count} files, {Quantities.Bytes(pulled.Bytes)}, verified");
        output.WriteLine(pulled.Directory);
        return ExitCodes.Ok;
    }

    private static void ListKnown(TextWriter output)
    {
        output.WriteLine("gesso pull NAME downloads one of these, or any owner/name of the hub:");
        int width = KnownModel.All.Max(m => m.Name.Length);
        foreach (var model in KnownModel.All)
            output.WriteLine($"  {model.Name.PadRight(width)}  {model.ApproximateSize,12}  {model.License}{(model.IsSupported ? "" : $"  ({model.Supported})")}");
    }
}
