using Gesso.Contracts.Images;
using Gesso.Diffusion.Conditioning;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Samplers;
using Gesso.Diffusion.Schedules;
using Gesso.Models.Flux;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Pipelines;

/// <summary>
/// Text-to-image, image-to-image and inpainting with FLUX.1 in one loop (diffusers pipeline_flux.py, pipeline_flux_img2img.py,
/// pipeline_flux_inpaint.py). Text states of the last prompts are kept, so a series encodes its prompt once.
/// </summary>
public sealed class FluxPipeline(FluxModel model) : IDisposable
{
    private const int KeptPrompts = 8;
    private const int ComfyTextLength = 256;
    private const double ComfyMu = 1.15;

    /// <summary>The prompt used last is at the end: a run needs two at once, and the second must not push out the first.</summary>
    private readonly List<((string, string, int) Key, PromptStates States)> _prompts = [];

    public FluxModel Model { get; } = model;

    /// <summary>Encodes the prompt, draws the noise and stands ready to pull steps from. Dispose the run to free its tensors.</summary>
    /// <param name="plan">What to draw.</param>
    /// <param name="probe">Sees what the transformer receives and answers; for parity tests.</param>
    public FluxRun Start(DenoisePlan plan, IForwardProbe? probe = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var device = Model.Target.Device;
        var type = Model.Target.Type;

        int length = TextLength(plan);
        var positive = Encode(plan.Prompt, plan.Prompt2, length);
        var negative = plan.UsesTrueGuidance ? Encode(plan.NegativePrompt!, plan.NegativePrompt!, length) : null;
        if (Model.ReleaseEncoders)
        {
            Model.Clip.Release();
            Model.T5.Release();
        }
        // both guidance passes go through the network as one batch: positive first
        var states = negative is null ? positive.States : cat([positive.States, negative.States], 0);
        var pooled = negative is null ? positive.Pooled : cat([positive.Pooled, negative.Pooled], 0);

        int rows = plan.Size.Height / Model.PixelStep, columns = plan.Size.Width / Model.PixelStep;
        var schedule = Schedule(plan, rows * columns);
        var noise = new NoiseSource(plan.Seed, plan.Parity);
        int channels = Model.AutoEncoderConfig.LatentChannels;

        Tensor? picture = plan.InitImage is null ? null : EncodePicture(plan.InitImage, noise, plan.Parity);
        var drawn = PackedLatent.Pack(noise.Draw(1, channels, 2 * rows, 2 * columns)).to(device);
        var start = picture is null ? drawn : Noised(picture, drawn, schedule.Sigmas[0]);
        Tensor? mask = plan.Mask is null ? null : PackMask(plan.Mask, rows, columns).to(device);

        var txtIds = PositionIds.Text((int)states.shape[1]).to(device);
        var imgIds = PositionIds.Image(rows, columns).to(device);
        var transformer = Model.Transformer.Use();
        Tensor? guidance = Model.TransformerConfig.GuidanceEmbed ? full([states.shape[0]], plan.Guidance, ScalarType.Float32, device) : null;
        if (probe is not null)
        {
            probe.Record("noise", drawn);
            probe.Record("encoder_hidden_states", positive.States);
            probe.Record("pooled_projections", positive.Pooled);
            probe.Record("txt_ids", txtIds);
            probe.Record("img_ids", imgIds);
            if (guidance is not null)
                probe.Record("guidance", guidance.narrow(0, 0, 1));
            probe.Record("timesteps", tensor(schedule.Sigmas.ToArray()));
        }
        return new FluxRun(Model, plan, new FluxRunState
        {
            Sampler = SamplerCatalog.Create(plan.Sampler, schedule, plan.Parity == ParityMode.Diffusers, noise.Draw),
            Noise = noise,
            States = scope.Detach(states.to(type, copy: true)),
            Pooled = scope.Detach(pooled.to(type, copy: true)),
            Guidance = Detach(scope, guidance),
            Rotary = scope.Detach(transformer.Rotary(txtIds, imgIds)),
            Start = scope.Detach(start.to(ScalarType.Float32, copy: true)),
            InitialNoise = picture is null ? null : scope.Detach(drawn),
            Picture = Detach(scope, picture),
            Mask = Detach(scope, mask),
            Probe = probe,
        });
    }

    public void Dispose()
    {
        foreach (var (_, states) in _prompts)
            states.Dispose();
        _prompts.Clear();
    }

    /// <summary>x(σ) = σ · noise + (1 − σ) · picture</summary>
    internal static Tensor Noised(Tensor picture, Tensor noise, float sigma)
    {
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(noise.mul(sigma).add_(picture, 1 - sigma));
    }

    private static Tensor? Detach(DisposeScope scope, Tensor? tensor) => tensor is null ? null : scope.Detach(tensor);

    private int TextLength(DenoisePlan plan) => plan.Parity == ParityMode.Comfy
        ? Math.Max(ComfyTextLength, Model.T5Tokenizer.Encode(plan.Prompt2).Length)
        : plan.TextLength;

    private FlowSchedule Schedule(DenoisePlan plan, int tokens)
    {
        if (plan.Sigmas is not null)
            return FlowSchedule.FromSigmas(plan.Sigmas);
        bool shifted = Model.Shift.Mu(tokens, plan.Steps) is not null;
        double? Mu(int steps) => plan.Parity == ParityMode.Comfy && shifted ? ComfyMu : Model.Shift.Mu(tokens, steps);
        if (plan.InitImage is null)
            return FlowSchedule.Create(plan.Steps, Mu(plan.Steps));
        if (plan.Parity != ParityMode.Comfy)
            return FlowSchedule.Create(plan.Steps, Mu(plan.Steps)).From(plan.Strength);
        // ComfyUI's denoise runs all steps on the end of a longer schedule; the conversion saturates where that is endless
        int total = Math.Max(plan.Steps, (int)(plan.Steps / plan.Strength));
        return FlowSchedule.CreateTail(total, plan.Steps, Mu(total));
    }

    private PromptStates Encode(string prompt, string prompt2, int length)
    {
        var key = (prompt, prompt2, length);
        int known = _prompts.FindIndex(p => p.Key == key);
        PromptStates states;
        if (known >= 0)
        {
            states = _prompts[known].States;
            _prompts.RemoveAt(known);
        }
        else
        {
            states = new PromptEncoder(Model.Clip.Use(), Model.ClipTokenizer, Model.T5.Use(), Model.T5Tokenizer).Encode(prompt, prompt2, length);
            if (_prompts.Count == KeptPrompts)
            {
                _prompts[0].States.Dispose();
                _prompts.RemoveAt(0);
            }
        }
        _prompts.Add((key, states));
        return states;
    }

    /// <summary>Latents of a given picture in the transformer's scale, packed; diffusers samples the posterior, BFL and ComfyUI take its mean.</summary>
    private Tensor EncodePicture(RasterImage image, NoiseSource noise, ParityMode parity)
    {
        using var scope = NewDisposeScope();
        var autoEncoder = Model.AutoEncoder.Use();
        var (mean, deviation) = autoEncoder.Encode(Pixels.ToTensor(image).to(Model.Target.Type).to(Model.Target.Device));
        var latent = mean.to(ScalarType.Float32);
        if (parity == ParityMode.Diffusers)
            latent = latent + deviation.to(ScalarType.Float32) * noise.Draw(mean.shape).to(Model.Target.Device);
        return scope.MoveToOuter(PackedLatent.Pack(autoEncoder.ToModel(latent)));
    }

    /// <returns>[1, rows · columns, 4c]; 1 is redrawn</returns>
    private Tensor PackMask(RasterImage image, int rows, int columns)
    {
        using var scope = NewDisposeScope();
        var cells = nn.functional.interpolate(Pixels.ToMask(image), size: [2 * rows, 2 * columns], mode: InterpolationMode.Nearest);
        return scope.MoveToOuter(PackedLatent.Pack(cells.repeat(1, Model.AutoEncoderConfig.LatentChannels, 1, 1)));
    }
}
