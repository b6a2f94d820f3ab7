using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Conditioning;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Samplers;
using Gesso.Diffusion.Schedules;
using Gesso.Models.Flux;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Pipelines;

/// <summary>How a run starts.</summary>
/// <param name="Plan">What to draw.</param>
public sealed record RunStart(DenoisePlan Plan)
{
    /// <summary>From <see cref="FluxRun.Save"/>: the picture continues where it was saved.</summary>
    public byte[]? ResumeFrom { get; init; }

    /// <summary>Sees what the transformer receives and answers; for parity tests, one picture at a time.</summary>
    public IForwardProbe? Probe { get; init; }
}

/// <summary>
/// Text-to-image, image-to-image and inpainting with FLUX.1 in one loop (diffusers pipeline_flux.py, pipeline_flux_img2img.py,
/// pipeline_flux_inpaint.py). Text states of the last prompts are kept, so a series encodes its prompt once.
/// </summary>
public sealed class FluxPipeline(FluxModel model) : IDisposable
{
    private const int ComfyTextLength = 256;
    private const double ComfyMu = 1.15;

    private readonly PromptCache _prompts = new((prompt, prompt2, length) =>
        new PromptEncoder(model.Clip.Use(), model.ClipTokenizer, model.T5.Use(), model.T5Tokenizer).Encode(prompt, prompt2, length));

    public FluxModel Model { get; } = model;

    /// <summary>Encodes the prompt, draws the noise and stands ready to pull steps from. Dispose the run to free its tensors.</summary>
    /// <param name="plan">What to draw.</param>
    /// <param name="probe">Sees what the transformer receives and answers; for parity tests.</param>
    /// <param name="resumeFrom">From <see cref="FluxRun.Save"/>: the picture continues where it was saved.</param>
    /// <exception cref="GessoException"><c>checkpoint_mismatch</c>: saved for another plan, with another model, or damaged.</exception>
    public FluxRun Start(DenoisePlan plan, IForwardProbe? probe = null, byte[]? resumeFrom = null) =>
        StartBatch([new RunStart(plan) { Probe = probe, ResumeFrom = resumeFrom }])[0];

    /// <summary>Starts pictures that <see cref="FluxBatch"/> advances together. Dispose each run to free its tensors; one may be disposed before the others.</summary>
    /// <exception cref="GessoException"><c>checkpoint_mismatch</c> as <see cref="Start"/>; then nothing is started.</exception>
    public IReadOnlyList<FluxRun> StartBatch(IReadOnlyList<RunStart> starts)
    {
        ArgumentNullException.ThrowIfNull(starts);
        // what can be refused is refused before anything is computed
        var checkpoints = starts.Select(s => s.ResumeFrom is null ? null : RunCheckpoint.Read(s.ResumeFrom)).ToArray();
        for (int i = 0; i < starts.Count; i++)
            checkpoints[i]?.RequireFits(starts[i].Plan, Model);
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        // every prompt before the first picture, so that encoders which do not stay are loaded once
        var texts = EncodeAll(starts);
        List<FluxRun> runs = [];
        try
        {
            for (int i = 0; i < starts.Count; i++)
            {
                runs.Add(Begin(starts[i], texts[i]));
                if (checkpoints[i] is { } checkpoint)
                    runs[i].Restore(checkpoint);
            }
        }
        catch
        {
            runs.ForEach(r => r.Dispose());
            throw;
        }
        return runs;
    }

    /// <summary>Whether <see cref="Start"/> would continue from this checkpoint.</summary>
    public bool Accepts(DenoisePlan plan, byte[] checkpoint)
    {
        try
        {
            RunCheckpoint.Read(checkpoint).RequireFits(plan, Model);
            return true;
        }
        catch (GessoException e) when (e.Code == RunCheckpoint.MismatchCode)
        {
            return false;
        }
    }

    public void Dispose() => _prompts.Dispose();

    /// <summary>T5 tokens of a plan, padding included: as planned, but ComfyUI makes room for the whole prompt.</summary>
    public int TextTokens(DenoisePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Parity == ParityMode.Comfy ? Math.Max(ComfyTextLength, Model.T5Tokenizer.Encode(plan.Prompt2).Length) : plan.TextLength;
    }

    /// <summary>x(σ) = σ · noise + (1 − σ) · picture</summary>
    internal static Tensor Noised(Tensor picture, Tensor noise, float sigma)
    {
        using var scope = NewDisposeScope();
        return scope.MoveToOuter(noise.mul(sigma).add_(picture, 1 - sigma));
    }

    private FluxRun Begin(RunStart start, PromptStates text)
    {
        using var scope = NewDisposeScope();
        var (plan, probe) = (start.Plan, start.Probe);
        var device = Model.Target.Device;
        int rows = plan.Size.Height / Model.PixelStep, columns = plan.Size.Width / Model.PixelStep;
        var schedule = Schedule(plan, rows * columns);
        var noise = new NoiseSource(plan.Seed, plan.Parity);
        int channels = Model.AutoEncoderConfig.LatentChannels;

        // diffusers draws its sample of the control picture before everything else (pipeline_flux_control.py)
        Tensor? control = plan.ControlImage is null ? null : EncodePicture(plan.ControlImage, noise, plan.Parity);
        Tensor? picture = plan.InitImage is null ? null : EncodePicture(plan.InitImage, noise, plan.Parity);
        var drawn = PackedLatent.Pack(noise.Draw(1, channels, 2 * rows, 2 * columns)).to(device);
        var noised = picture is null ? drawn : Noised(picture, drawn, schedule.Sigmas[0]);
        Tensor? mask = plan.Mask is null ? null : PackMask(plan.Mask, rows, columns).to(device);

        var txtIds = PositionIds.Text((int)text.States.shape[1]).to(device);
        var imgIds = PositionIds.Image(rows, columns).to(device);
        var transformer = Model.Transformer.Use();
        Tensor? guidance = Model.TransformerConfig.GuidanceEmbed ? full([text.States.shape[0]], plan.Guidance, ScalarType.Float32, device) : null;
        if (probe is not null)
        {
            probe.Record("noise", drawn);
            probe.Record("encoder_hidden_states", text.States.narrow(0, 0, 1));
            probe.Record("pooled_projections", text.Pooled.narrow(0, 0, 1));
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
            States = scope.Detach(text.States.to(Model.Target.Type, copy: true)),
            Pooled = scope.Detach(text.Pooled.to(Model.Target.Type, copy: true)),
            Guidance = Detach(scope, guidance),
            Rotary = scope.Detach(transformer.Rotary(txtIds, imgIds)),
            Start = scope.Detach(noised.to(ScalarType.Float32, copy: true)),
            InitialNoise = picture is null ? null : scope.Detach(drawn),
            Picture = Detach(scope, picture),
            Mask = Detach(scope, mask),
            Control = Detach(scope, control),
            Probe = probe,
        });
    }

    private static Tensor? Detach(DisposeScope scope, Tensor? tensor) => tensor is null ? null : scope.Detach(tensor);

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

    /// <summary>States of each start, under true guidance the negative prompt's below the positive's: both passes go through the network together.</summary>
    private List<PromptStates> EncodeAll(IReadOnlyList<RunStart> starts)
    {
        _prompts.Hold(2 * starts.Count);
        List<PromptStates> texts = [];
        foreach (var plan in starts.Select(s => s.Plan))
        {
            int length = TextTokens(plan);
            Model.Adapters.Apply(plan.Adapters);
            string adapters = Model.Adapters.TextKey;
            var positive = _prompts.Get(plan.Prompt, plan.Prompt2, length, adapters);
            var negative = plan.UsesTrueGuidance ? _prompts.Get(plan.NegativePrompt!, plan.NegativePrompt!, length, adapters) : null;
            texts.Add(negative is null ? positive : new PromptStates(cat([positive.States, negative.States], 0), cat([positive.Pooled, negative.Pooled], 0)));
        }
        if (Model.ReleaseEncoders)
        {
            Model.Clip.Release();
            Model.T5.Release();
        }
        return texts;
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
