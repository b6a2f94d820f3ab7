using System.Security.Cryptography;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Pipelines;
using Gesso.Engine.Library;
using Gesso.Engine.Recipes;
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

    private ImageEngine(OpenedModel opened, TorchRuntime runtime)
    {
        _opened = opened;
        _pipeline = new FluxPipeline(opened.Model);
        _preview = new LatentPreview(opened.Model);
        Runtime = runtime;
    }

    public ModelCard Card => _opened.Card;

    public TorchRuntime Runtime { get; }

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
        return new ImageEngine(new ModelLoader(target, bytes => StorageFor(options.Weights, target, bytes)).Open(source), runtime);
    }

    /// <summary>Fills in defaults, checks every value, and tells what was adjusted or will be lost.</summary>
    public GenerationPlan Plan(ImageRequest request)
    {
        var plan = GenerationPlan.Create(request, Card, new Seed(RandomNumberGenerator.GetInt32(int.MaxValue)));
        MemoryEstimate.RequireFits(plan.First, Model);
        List<string> notes = [];
        if (plan.First.Parity != ParityMode.Comfy && Model.T5Tokenizer.Truncates(plan.First.Prompt2, plan.First.TextLength, out string lost))
            notes.Add($"The prompt is longer than the {plan.First.TextLength} tokens this model reads; what follows is not seen: \"{Shorten(lost)}\".");
        return plan.With(notes);
    }

    /// <summary>Draws. Steps are computed as they are pulled; cancellation takes effect between two steps.</summary>
    /// <param name="plan">From <see cref="Plan"/>.</param>
    /// <param name="previews">Whether steps carry a preview picture.</param>
    /// <param name="cancellation">Stops before the next step.</param>
    public IEnumerable<GenerationStep> Generate(GenerationPlan plan, bool previews = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Run(plan, previews, cancellation);
    }

    public void Dispose()
    {
        _pipeline.Dispose();
        _preview.Dispose();
        _opened.Dispose();
    }

    private IEnumerable<GenerationStep> Run(GenerationPlan plan, bool previews, CancellationToken cancellation)
    {
        for (int image = 0; image < plan.Count; image++)
        {
            cancellation.ThrowIfCancellationRequested();
            var picture = plan.Picture(image);
            ImageResult result;
            int steps;
            using (var run = _pipeline.Start(picture))
            {
                steps = run.Steps;
                foreach (var step in run.Denoise(cancellation))
                {
                    var preview = previews && step.Index < step.Count ? _preview.Render(run) : null;
                    yield return new GenerationStep { Image = image, Images = plan.Count, Step = step.Index, Steps = step.Count, Preview = preview };
                }
                cancellation.ThrowIfCancellationRequested();
                result = new ImageResult(image, run.ToImage(), picture.Seed);
            }
            // pictures of changing sizes leave holes that the allocator would keep: memory stays flat over a long series (decision 0002)
            NativeMemory.ReturnFreed();
            yield return new GenerationStep { Image = image, Images = plan.Count, Step = steps, Steps = steps, Result = result };
        }
    }

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

    private static LinearStorage StorageFor(WeightMemory memory, ComputeTarget target, long expandedBytes) => memory switch
    {
        WeightMemory.Expanded => LinearStorage.Expanded,
        WeightMemory.Compact => LinearStorage.Compact,
        _ => !target.IsCpu || expandedBytes <= MemoryEstimate.AvailableBytes() / 2 ? LinearStorage.Expanded : LinearStorage.Compact,
    };

    private static string Shorten(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 79), "…");
}
