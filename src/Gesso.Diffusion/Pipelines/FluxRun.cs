using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Latents;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Pipelines;

/// <summary>One finished denoising step.</summary>
/// <param name="Index">1 … <paramref name="Count"/>.</param>
/// <param name="Count">Steps of this run.</param>
/// <param name="Sigma">Noise level reached; 0 after the last step.</param>
public readonly record struct DenoiseStep(int Index, int Count, float Sigma);

/// <summary>What pictures must have in common to go through the network together.</summary>
/// <param name="Size">Pixels.</param>
/// <param name="TextTokens">T5 tokens, padding included.</param>
/// <param name="Guided">Whether there is a negative pass.</param>
public readonly record struct RunShape(ImageSize Size, int TextTokens, bool Guided)
{
    public override string ToString() => $"{Size} with {TextTokens} text tokens{(Guided ? " and true guidance" : "")}";
}

/// <summary>
/// A picture in the making: pull steps (alone with <see cref="Denoise"/>, with others by <see cref="FluxBatch"/>), look at previews or save in between,
/// decode at the end. Belongs to one thread.
/// </summary>
public sealed class FluxRun : IDisposable
{
    internal FluxRun(FluxModel model, DenoisePlan plan, FluxRunState state)
    {
        Model = model;
        Plan = plan;
        State = state;
        Latents = state.Start;
    }

    public FluxModel Model { get; }

    public DenoisePlan Plan { get; }

    public RunShape Shape => new(Plan.Size, (int)State.States.shape[1], Passes == 2);

    /// <summary>Rows of the packed grid.</summary>
    public int Rows => Plan.Size.Height / Model.PixelStep;

    /// <summary>Columns of the packed grid.</summary>
    public int Columns => Plan.Size.Width / Model.PixelStep;

    /// <summary>[1, Rows · Columns, 4c] f32, at the noise level of the last step.</summary>
    public Tensor Latents { get; private set; }

    /// <summary>The picture as the network sees it at the last step (x − σ·v), packed; null before the first, and after a checkpoint until the next.</summary>
    public Tensor? Predicted { get; private set; }

    public int Steps => State.Sampler.Steps;

    /// <summary>Steps behind this picture, those before a checkpoint included.</summary>
    public int StepsDone { get; private set; }

    public bool IsDone => StepsDone == Steps;

    public bool IsDisposed { get; private set; }

    internal FluxRunState State { get; }

    /// <summary>Rows of this picture in a batch: 2 under true guidance.</summary>
    internal int Passes => (int)State.States.shape[0];

    /// <summary>The time that the network is told at the next step.</summary>
    internal float Time => State.Sampler.Time(StepsDone);

    /// <summary>Runs the steps that are left, as they are pulled. Cancellation takes effect between two steps.</summary>
    public IEnumerable<DenoiseStep> Denoise(CancellationToken cancellation = default)
    {
        while (!IsDone)
        {
            cancellation.ThrowIfCancellationRequested();
            FluxBatch.Advance([this]);
            yield return new DenoiseStep(StepsDone, Steps, State.Sampler.Sigma(StepsDone));
        }
    }

    /// <summary>
    /// Where this picture stands, as bytes: <see cref="FluxPipeline.Start"/> with the same plan and model continues there, in any process, and draws the
    /// same picture to the bit on the same machine. A few times the size of the latents (1 to 4 MB at 1024x1024).
    /// </summary>
    public byte[] Save()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return RunCheckpoint.Of(this, State.Noise.Draws, State.Sampler.History).ToBytes();
    }

    /// <returns>[1, 3, H, W] about −1 … 1</returns>
    public Tensor Decode() => Decode(Latents);

    /// <summary>The picture in bytes.</summary>
    public RasterImage ToImage()
    {
        using var pixels = Decode();
        State.Probe?.Record("pixels", pixels);
        return Pixels.ToImage(pixels, Plan.Parity);
    }

    /// <param name="packed">[1, Rows · Columns, 4c] in the transformer's scale</param>
    /// <returns>[1, 3, H, W] about −1 … 1</returns>
    public Tensor Decode(Tensor packed)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var autoEncoder = Model.AutoEncoder.Use();
        var latent = autoEncoder.FromModel(PackedLatent.Unpack(packed, Rows, Columns));
        return scope.MoveToOuter(autoEncoder.Decode(latent.to(Model.Target.Type)).to(ScalarType.Float32));
    }

    public void Dispose()
    {
        if (IsDisposed)
            return;
        IsDisposed = true;
        State.Dispose();
        Latents.Dispose();
        Predicted?.Dispose();
    }

    /// <summary>From this noise level to the next.</summary>
    /// <param name="answers">[P, I, 4c] f32: the network's velocity, under true guidance with the negative one below it.</param>
    internal void Step(Tensor answers)
    {
        using var scope = NewDisposeScope();
        RecordCalls(answers);
        int index = StepsDone;
        var velocity = Guided(answers);
        var next = State.Sampler.Step(index, Latents, velocity);
        if (State.Mask is not null)
        {
            // what is kept follows the picture's own path: noised to the level just reached, clean at the end
            float sigma = State.Sampler.Sigma(index + 1);
            var kept = sigma > 0 ? FluxPipeline.Noised(State.Picture!, State.InitialNoise!, sigma) : State.Picture!;
            next = (1 - State.Mask) * kept + State.Mask * next;
        }
        State.Probe?.Record($"latents.{index + 1}", next);
        Predicted?.Dispose();
        Predicted = Latents.add(velocity, -State.Sampler.Sigma(index)).DetachFromDisposeScope();
        Latents.Dispose();
        Latents = scope.Detach(next);
        StepsDone++;
    }

    /// <summary>Goes on from where another run of this plan was saved.</summary>
    internal void Restore(RunCheckpoint checkpoint)
    {
        using var scope = NewDisposeScope();
        // a sampler draws at most once a step
        if (checkpoint.Step > Steps || checkpoint.Draws < State.Noise.Draws || checkpoint.Draws > State.Noise.Draws + checkpoint.Step)
            throw RunCheckpoint.Mismatch($"The checkpoint tells of {checkpoint.Step} steps and {checkpoint.Draws} draws, which this picture of {Steps} steps cannot have");
        State.Sampler.Restore(checkpoint.Step, checkpoint.History.ToDictionary(h => h.Name, h => h.Values.ToTensor(like: Latents)));
        var latents = checkpoint.Latents.ToTensor(like: Latents);
        State.Noise.AdvanceTo(checkpoint.Draws, Latents.shape);
        Latents.Dispose();
        Latents = scope.Detach(latents);
        StepsDone = checkpoint.Step;
    }

    /// <summary>What the network is shown of this picture: its latents, with those of the control picture beside them. [1, I, C]; the caller disposes it.</summary>
    internal Tensor Input() => State.Control is null ? Latents.alias() : cat([Latents, State.Control], -1);

    private Tensor Guided(Tensor answers)
    {
        if (Passes == 1)
            return answers;
        using var scope = NewDisposeScope();
        var (positive, negative) = (answers.narrow(0, 0, 1), answers.narrow(0, 1, 1));
        return scope.MoveToOuter(negative + (positive - negative) * Plan.TrueGuidance);
    }

    private void RecordCalls(Tensor answers)
    {
        if (State.Probe is not { } probe)
            return;
        using var time = full([1], Time, ScalarType.Float32);
        using var input = Input();
        for (int pass = 0; pass < Passes; pass++)
        {
            int call = StepsDone * Passes + pass;
            using var answer = answers.narrow(0, pass, 1);
            probe.Record($"call.{call}.x", input);
            probe.Record($"call.{call}.t", time);
            probe.Record($"call.{call}.v", answer);
        }
    }
}
