using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Samplers;
using Gesso.Engine.Library;
using Gesso.Models.Flux;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Pipelines;

/// <summary>Tiny models of random weights, opened once: one that takes guidance and shifts its schedule, one that does neither.</summary>
public sealed class TinyPipeline : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly OpenedModel _dev;
    private readonly OpenedModel _schnell;

    public TinyPipeline()
    {
        _dev = TinyModel.Open(new TinyModel().WriteFolder(_folder.At("dev")));
        _schnell = TinyModel.Open(new TinyModel { Dev = false }.WriteFolder(_folder.At("schnell")));
        foreach (var model in new[] { Dev, Schnell })
        {
            // weights are read at first use: now, so that tests can count what they leave behind
            model.Clip.Use();
            model.T5.Use();
            model.Transformer.Use();
            model.AutoEncoder.Use();
        }
    }

    public FluxModel Dev => _dev.Model;

    public FluxModel Schnell => _schnell.Model;

    /// <summary>A plan that tests change.</summary>
    public static DenoisePlan Plan { get; } = new()
    {
        Prompt = "a red box",
        Prompt2 = "a red box",
        Size = new ImageSize(32, 24),
        Steps = 4,
        Guidance = 3.5,
        Seed = new Seed(7),
        Sampler = SamplerCatalog.Euler,
        Parity = ParityMode.Diffusers,
        TextLength = 16,
    };

    /// <summary>The final latents.</summary>
    public static float[] Latents(FluxModel model, DenoisePlan plan, IForwardProbe? probe = null)
    {
        using var pipeline = new FluxPipeline(model);
        using var run = pipeline.Start(plan, probe);
        foreach (var _ in run.Denoise(TestContext.Current.CancellationToken))
        {
        }
        return run.Latents.data<float>().ToArray();
    }

    /// <summary>What the run starts from.</summary>
    public static float[] Start(FluxModel model, DenoisePlan plan)
    {
        using var pipeline = new FluxPipeline(model);
        using var run = pipeline.Start(plan);
        return run.Latents.data<float>().ToArray();
    }

    /// <summary>What a probe is shown at the start.</summary>
    public static Recording Record(FluxModel model, DenoisePlan plan)
    {
        var recording = new Recording();
        using var pipeline = new FluxPipeline(model);
        using var run = pipeline.Start(plan, recording);
        return recording;
    }

    public void Dispose()
    {
        _dev.Dispose();
        _schnell.Dispose();
        _folder.Dispose();
    }
}

/// <summary>Keeps the values of everything recorded.</summary>
public sealed class Recording : IForwardProbe
{
    private readonly Dictionary<string, (long[] Shape, float[] Values)> _values = [];

    public IEnumerable<string> Names => _values.Keys;

    public float[] this[string name] => _values[name].Values;

    public long[] Shape(string name) => _values[name].Shape;

    public bool Has(string name) => _values.ContainsKey(name);

    public void Record(string name, Tensor value)
    {
        using var values = value.to(ScalarType.Float32).contiguous();
        _values[name] = (value.shape, values.data<float>().ToArray());
    }
}
