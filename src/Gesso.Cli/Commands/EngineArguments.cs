using System.CommandLine;
using Gesso.Contracts.Errors;
using Gesso.Engine;
using Gesso.Engine.Library;

namespace Gesso.Cli.Commands;

/// <summary>The options that choose a model and where it runs; shared by every command that draws.</summary>
internal sealed class EngineArguments
{
    private readonly Option<string?> _model = new("--model", "-m") { Description = "Model name, diffusers folder, or checkpoint file (safetensors, GGUF). Default: the bundled gesso-mini.", HelpName = "NAME|PATH" };
    private readonly Option<string?> _clip = new("--clip") { Description = "CLIP text encoder for a single-file checkpoint.", HelpName = "FILE" };
    private readonly Option<string?> _t5 = new("--t5") { Description = "T5 text encoder for a single-file checkpoint (safetensors or GGUF).", HelpName = "FILE" };
    private readonly Option<string?> _autoEncoder = new("--autoencoder", "--vae") { Description = "Autoencoder for a single-file checkpoint.", HelpName = "FILE" };
    private readonly Option<string?> _tokenizers = new("--tokenizers") { Description = "Folder with tokenizer and tokenizer_2. Default: the published vocabularies.", HelpName = "FOLDER" };
    private readonly Option<string?> _axes = new("--axes") { Description = "Rotary split of a single file with an unusual head width, for example 16,56,56.", HelpName = "A,B,C" };
    private readonly Option<string> _device = new("--device") { Description = "auto, cpu, cuda or cuda:N.", DefaultValueFactory = _ => "auto" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Compute threads. Default: one a core.", HelpName = "N" };
    private readonly Option<string?> _libtorch = new("--libtorch") { Description = "Folder of libtorch, or of an installed Python torch. Default: GESSO_LIBTORCH, then caches.", HelpName = "FOLDER" };
    private readonly Option<string> _memory = new("--memory") { Description = "How weights are held: expanded (fast), compact (as stored, small) or auto.", DefaultValueFactory = _ => "auto" };

    public void AddTo(Command command)
    {
        _memory.AcceptOnlyFromAmong("auto", "expanded", "compact");
        foreach (Option option in new Option[] { _model, _clip, _t5, _autoEncoder, _tokenizers, _axes, _device, _threads, _libtorch, _memory })
            command.Add(option);
    }

    /// <summary>The model named on the command line, or null.</summary>
    public string? Model(ParseResult parsed) => parsed.GetValue(_model);

    /// <param name="parsed">The command line.</param>
    /// <param name="fallback">A model to use when none is named (a recipe's).</param>
    public ModelSource Source(ParseResult parsed, string? fallback = null) => ModelLibrary.Default.Resolve(
        parsed.GetValue(_model) ?? fallback,
        new CompanionFiles
        {
            Clip = parsed.GetValue(_clip),
            T5 = parsed.GetValue(_t5),
            AutoEncoder = parsed.GetValue(_autoEncoder),
            Tokenizers = parsed.GetValue(_tokenizers),
        },
        Axes(parsed.GetValue(_axes)));

    public EngineOptions Options(ParseResult parsed) => new()
    {
        Device = parsed.GetValue(_device)!,
        Threads = parsed.GetValue(_threads),
        LibTorchPath = parsed.GetValue(_libtorch),
        Weights = Enum.Parse<WeightMemory>(parsed.GetValue(_memory)!, ignoreCase: true),
    };

    private static int[]? Axes(string? text)
    {
        if (text is null)
            return null;
        string[] parts = text.Split(',');
        return parts.Length == 3 && parts.All(p => int.TryParse(p, out int n) && n > 0)
            ? [.. parts.Select(int.Parse)]
            : throw GessoException.Invalid("bad_axes", $"--axes: expected three numbers such as 16,56,56, got \"{text}\".");
    }
}
