using System.Security.Cryptography;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Pipelines;
using Gesso.Engine.Library;
using Gesso.Engine.Recipes;
using Gesso.Torch.Layers;
using Gesso.Torch.Native;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Engine;

/// <summary>
/// Local generation: loads one model and draws with it. All calls belong to one thread (libtorch's scopes are per thread); results are
/// plain bytes.
/// </summary>
public sealed class ImageEngine : IDisposable
{
    private readonly OpenedModel _opened;
    private readonly FluxPipeline _pipeline;
    private readonly LatentPreview _preview;
    private readonly List<PlannedAdapter> _merged = [];
    private bool _disposed;

    private ImageEngine(OpenedModel opened, TorchRuntime runtime, string deviceReason)
    {
        _opened = opened;
        _pipeline = new FluxPipeline(opened.Model);
        _preview = new LatentPreview(opened.Model);
        Runtime = runtime;
        DeviceReason = deviceReason;
    }

    public ModelCard Card => _opened.Card;

    public TorchRuntime Runtime { get; }

    /// <summary>Why it computes on this device, as a clause: nobody is left to guess why it is slow.</summary>
    public string DeviceReason { get; }

    public FluxModel Model => _opened.Model;

    /// <summary>What recipes say about where a picture was computed.</summary>
    public EngineFacts Facts => new(
        Model.Target.Device.ToString(), Model.Target.Type.ToString().ToLowerInvariant(), Model.Target.IsCpu ? Runtime.Threads : null, $"libtorch {Runtime.LibTorchVersion}");

    /// <summary>The pipeline below the plan, for callers that need steps as tensors (parity tests, benches).</summary>
    public FluxPipeline Pipeline => _pipeline;

    /// <summary>Loads libtorch once per process and opens the model; weights are read at first use.</summary>
    /// <exception cref="GessoException">What is missing, unsupported or damaged, and what to do.</exception>
    public static ImageEngine Load(ModelSource source, EngineOptions? options = null)
    {
        options = (options ?? new EngineOptions()).Validate();
        var runtime = LibTorch.Load(new TorchOptions { LibTorchPath = options.LibTorchPath, Threads = options.Threads, PreferCuda = options.Device != "cpu" });
        var target = TargetOf(options.Device, runtime);
        return new ImageEngine(new ModelLoader(target, bytes => StorageFor(options.Weights, target, bytes)).Open(source), runtime, ReasonOf(options.Device, runtime));
    }

    /// <summary>
    /// Loads what is otherwise loaded at first use, so that a damaged file is found before the first request. Text encoders that are let go after each prompt
    /// are not loaded.
    /// </summary>
    /// <exception cref="GessoException">Missing, unexpected, mis-shaped or damaged weights.</exception>
    public void LoadWeights()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _ = Model.Transformer.Use();
        _ = Model.AutoEncoder.Use();
        if (Model.ReleaseEncoders)
            return;
        _ = Model.Clip.Use();
        _ = Model.T5.Use();
    }

    /// <summary>Fills in defaults, checks every value, and tells what was adjusted or will be lost.</summary>
    public GenerationPlan Plan(ImageRequest request)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var plan = GenerationPlan.Create(request, Card, new Seed(RandomNumberGenerator.GetInt32(int.MaxValue)));
        MemoryEstimate.RequireFits(plan.First, Model, adapters: [.. request.Adapters.Select(a => Model.Adapters.NeedOf(a.File))]);
        List<string> notes = [];
        if (plan.First.Parity != ParityMode.Comfy && Model.T5Tokenizer.Truncates(plan.First.Prompt2, plan.First.TextLength, out string lost))
            notes.Add($"The prompt is longer than the {plan.First.TextLength} tokens this model reads; what follows is not seen: \"{Shorten(lost)}\".");
        List<PlannedAdapter> adapters = [];
        bool controlled = Card.TakesControl;
        foreach (var adapter in request.Adapters)
        {
            var loaded = Usable(adapter.File);
            adapters.Add(new PlannedAdapter(adapter.File, loaded.Sha256, adapter.Weight));
            if (loaded.WidenedInput is not null && request.ControlImage is null)
                throw GenerationPlan.ControlNeeded(Path.GetFileName(adapter.File));
            controlled |= loaded.WidenedInput is not null;
            if (Unused(loaded) is { } unused)
                notes.Add(unused);
        }
        if (request.ControlImage is not null && !controlled)
            throw GessoException.Invalid("control_image_unused", $"A control picture was given, and neither {Card.Name} nor an adapter follows one: leave it out, or add a control adapter (FLUX.1 Canny or Depth LoRA).");
        return plan.With(_pipeline.TextTokens(plan.First), adapters, notes);
    }

    /// <summary>
    /// Adds adapters to the weights for as long as the engine lives: a step then costs what it costs without. Adapters of a request work beside the weights instead, come
    /// and go, and leave them as they were.
    /// </summary>
    /// <returns>What is worth knowing, in sentences for the user.</returns>
    /// <exception cref="GessoException">A file that cannot be used with this model, and why; then nothing is merged.</exception>
    public IReadOnlyList<string> Merge(IReadOnlyList<ImageAdapter> adapters)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(adapters);
        List<string> notes = [];
        List<PlannedAdapter> planned = [];
        MemoryEstimate.RequireMergeFits([.. adapters.Select(a => Model.Adapters.NeedOf(a.File))], Model);
        foreach (var adapter in adapters)
        {
            var loaded = Usable(adapter.File);
            if (loaded.WidenedInput is not null)
                throw GessoException.Refused("unsupported_adapter", $"{adapter.File} is a control adapter: it widens the model's input, which no merged weight can. Use it without --merge-lora.");
            planned.Add(new PlannedAdapter(adapter.File, loaded.Sha256, GenerationPlan.WeightOf(adapter)));
            if (Unused(loaded) is { } unused)
                notes.Add(unused);
        }
        int compact = Model.Transformer.Layers.Linears.Values.Count(l => l.Own is CompactLinear);
        Model.Adapters.Merge(planned);
        _merged.AddRange(planned);
        int stored = Model.Transformer.Layers.Linears.Values.Count(l => l.Own is CompactLinear { Weight.IsInMemory: true });
        if (compact > 0 && stored > 0)
            notes.Add($"{stored} layers were held as stored in the file; with the adapters in them they are held in memory in 16 bits, and what is smaller than their rounding is lost. Without --merge-lora neither happens.");
        return notes;
    }

    /// <summary>What recipes say about the adapters of a plan, merged ones first.</summary>
    public IReadOnlyList<RecipeAdapter> AdaptersOf(GenerationPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return [.. _merged.Concat(plan.First.Adapters).Select(a => new RecipeAdapter(Path.GetFileNameWithoutExtension(a.Path), a.Strength, a.Sha256))];
    }

    /// <summary>Draws. Steps are computed as they are pulled; cancellation takes effect between two steps.</summary>
    /// <param name="plan">From <see cref="Plan"/>.</param>
    /// <param name="previews">Whether steps carry a preview picture.</param>
    /// <param name="cancellation">Stops before the next step.</param>
    public IEnumerable<GenerationStep> Generate(GenerationPlan plan, bool previews = false, CancellationToken cancellation = default)
    {
        return Generate(plan, new GenerateOptions { Previews = previews }, cancellation);
    }

    /// <summary>Draws, from a checkpoint if the options name one. Steps are computed as they are pulled; cancellation takes effect between two steps.</summary>
    /// <param name="plan">From <see cref="Plan"/>.</param>
    /// <param name="options">Previews, and where to continue.</param>
    /// <param name="cancellation">Stops before the next step.</param>
    /// <exception cref="GessoException">
    /// <c>checkpoint_mismatch</c>, at the first step: the checkpoint is damaged, or of another request or model. Draw without it.
    /// </exception>
    public IEnumerable<GenerationStep> Generate(GenerationPlan plan, GenerateOptions options, CancellationToken cancellation = default) =>
        Generate([new BatchItem(plan) { Options = options }], cancellation);

    /// <summary>
    /// Draws several requests in one pass through the network a step. Each draws its pictures one after the other; one that is done or cancelled leaves
    /// the others as they were. Steps say by <see cref="GenerationStep.Request"/> whose they are.
    /// </summary>
    /// <param name="items">With equal <see cref="GenerationPlan.BatchKey"/>; results carry their place in this list.</param>
    /// <param name="cancellation">Stops all of them before the next step.</param>
    /// <exception cref="GessoException">
    /// <c>batch_mismatch</c>: plans that cannot go together; <c>too_large_for_memory</c>: see <see cref="MostTogether"/>; <c>checkpoint_mismatch</c>, at the
    /// first step.
    /// </exception>
    public IEnumerable<GenerationStep> Generate(IReadOnlyList<BatchItem> items, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(items);
        foreach (var item in items)
            item.Validate(like: items[0].Plan);
        if (items.Count > 1)
            MemoryEstimate.RequireFits(items[0].Plan.First, Model, items.Count);
        return BatchDrawing.Draw(_pipeline, _preview, items, cancellation);
    }

    /// <summary>Whether <see cref="Generate(GenerationPlan, GenerateOptions, CancellationToken)"/> would continue there: what it would refuse is to be drawn anew.</summary>
    public bool CanResume(GenerationPlan plan, ResumePoint resume)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(resume);
        return resume.Image >= 0 && resume.Image < plan.Count && (resume.Checkpoint is null || _pipeline.Accepts(plan.Picture(resume.Image), resume.Checkpoint));
    }

    /// <summary>How many plans like this one can be drawn together in the memory that is free, at least 1 and at most <paramref name="wanted"/>.</summary>
    public int MostTogether(GenerationPlan plan, int wanted)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return MemoryEstimate.MostTogether(plan.First, Model, wanted);
    }

    /// <summary>Frees networks, kept text states and files; another engine can be loaded afterwards.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _pipeline.Dispose();
        _preview.Dispose();
        _opened.Dispose();
        NativeMemory.ReturnFreed();
    }

    private LoadedAdapter Usable(string file)
    {
        var adapter = Model.Adapters.Take(file);
        var config = Model.TransformerConfig;
        return adapter.WidenedInput is not { } channels || (config.InChannels == config.OutChannels && channels == 2 * config.OutChannels) ? adapter
            : throw GessoException.Refused("unsupported_adapter",
                $"{file} gives the transformer {channels} channels a token, {channels - config.InChannels} more than the model: only control adapters, which give twice as many, are fed.");
    }

    private static string? Unused(LoadedAdapter adapter) => adapter.Unused.Count == 0 ? null
        : $"{Path.GetFileName(adapter.Path)}: {adapter.Layers} of its layers are at work, {adapter.Unused.Count} entries are not in this model and do nothing: {string.Join(", ", adapter.Unused.Take(5))}{(adapter.Unused.Count > 5 ? " …" : "")}.";

    private static ComputeTarget TargetOf(string device, TorchRuntime runtime)
    {
        if (device == "cpu" || (device == "auto" && !runtime.CudaAvailable))
            return ComputeTarget.Cpu;
        int index = device.StartsWith("cuda:", StringComparison.Ordinal) ? int.Parse(device[5..]) : 0;
        if (!runtime.CudaAvailable || index >= runtime.CudaDevices)
        {
            throw GessoException.Unavailable("no_cuda",
                $"Device {device} is not there: {(runtime.CudaAvailable ? $"this machine has {runtime.CudaDevices} CUDA device(s)" : "libtorch found no CUDA device")}. `gesso doctor` shows why; --device cpu works everywhere.");
        }
        return ComputeTarget.Cuda(index);
    }

    private static string ReasonOf(string device, TorchRuntime runtime) => device switch
    {
        not "auto" => "as asked for",
        _ when runtime.CudaAvailable => "libtorch can use this GPU",
        _ when runtime.LibTorchVersion.Contains("+cu", StringComparison.Ordinal) => "libtorch finds no GPU that it can use; `gesso doctor` shows why",
        _ => "this libtorch is made for the CPU alone; GESSO_LIBTORCH names one for GPUs",
    };

    private static LinearStorage StorageFor(WeightMemory memory, ComputeTarget target, long expandedBytes) => memory switch
    {
        WeightMemory.Expanded => LinearStorage.Expanded,
        WeightMemory.Compact => LinearStorage.Compact,
        _ => !target.IsCpu || expandedBytes <= MemoryEstimate.AvailableBytes() / 2 ? LinearStorage.Expanded : LinearStorage.Compact,
    };

    private static string Shorten(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 79), "…");
}
