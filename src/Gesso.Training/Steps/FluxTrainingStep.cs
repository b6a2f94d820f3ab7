using Gesso.Diffusion.Latents;
using Gesso.Models.Flux;
using Gesso.Torch.Tensors;
using Gesso.Training.Adapters;
using Gesso.Training.Losses;
using static TorchSharp.torch;

namespace Gesso.Training.Steps;

/// <summary>
/// Forward, loss and backward of the frozen transformer with branches beside its layers. Gradients arrive in the parameter set; nothing of the base gets any.
/// </summary>
/// <param name="transformer">Frozen.</param>
/// <param name="network">Its branches.</param>
/// <param name="target">What the transformer computes in.</param>
/// <param name="loss">The loss.</param>
/// <param name="guidance">The constant that a guidance-distilled model is told; 1 keeps its guidance intact (lora.md §2).</param>
/// <param name="checkpointing">Keep only what goes into each block, and compute the block again on the way back: a third more time, a fraction of the memory.</param>
public sealed class FluxTrainingStep(
    FluxTransformer transformer, LoraNetwork network, ComputeTarget target, FlowLoss loss, double guidance = 1, bool checkpointing = false) : IDisposable
{
    private readonly Dictionary<(int Rows, int Columns, long Text), Tensor> _rotary = [];

    /// <summary>Adds the gradients of a batch to the parameter set.</summary>
    /// <param name="batch">Of one size.</param>
    /// <param name="share">Factor of the loss before it is differentiated: 1 / number of batches that are accumulated.</param>
    /// <returns>The mean loss, before the factor.</returns>
    public double Accumulate(FlowBatch batch, double share = 1)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        using var outside = inference_mode(false);
        var inputs = Prepare(batch);
        if (checkpointing)
            return Recomputed(batch, inputs, share);
        using var grad = enable_grad();
        var mean = Mean(batch, transformer.Forward(inputs.Noised, inputs.States, inputs.Pooled, inputs.Time, inputs.Guidance, inputs.Rotary), inputs.Target);
        (mean * share).backward();
        return mean.detach().cpu().item<float>();
    }

    /// <summary>The loss of each picture, without gradients and without <see cref="FlowBatch.Weights"/>.</summary>
    public double[] Evaluate(FlowBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var inputs = Prepare(batch);
        var velocity = transformer.Forward(inputs.Noised, inputs.States, inputs.Pooled, inputs.Time, inputs.Guidance, inputs.Rotary);
        return [.. loss.PerPicture(velocity, inputs.Target, batch.Levels, batch.Mask).cpu().data<float>().Select(v => (double)v)];
    }

    public void Dispose()
    {
        foreach (var rotary in _rotary.Values)
            rotary.Dispose();
    }

    private readonly record struct Inputs(Tensor Noised, Tensor States, Tensor Pooled, Tensor Time, Tensor? Guidance, Tensor Rotary, Tensor Target);

    private Inputs Prepare(FlowBatch batch)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var (device, type) = (target.Device, target.Type);
        var time = tensor(batch.Levels.Select(l => (float)l).ToArray(), device: device);
        var latents = batch.Latents.to(device);
        var noise = batch.Noise.to(device);
        var sources = batch.Sources?.to(device);
        var begun = FlowLoss.Noised(sources ?? latents, noise, time);
        var noised = begun.to(type);
        Tensor? told = transformer.Config.GuidanceEmbed ? full([batch.Count], guidance, ScalarType.Float32, device) : null;
        var (states, pooled) = (batch.States.to(device).to(type), batch.Pooled.to(device).to(type));
        var inputs = new Inputs(noised, states, pooled, time, told, RotaryOf(batch), sources is null ? FlowLoss.Target(latents, noise) : FlowLoss.Target(latents, begun, time));
        if (batch.TowardsBase is not null)
            inputs = inputs with { Target = WithBaseAnswers(batch.TowardsBase, inputs) };
        foreach (var tensor in new[] { inputs.Noised, states, pooled, time, told, inputs.Target })
            tensor?.MoveToOuterDisposeScope();
        return inputs;
    }

    /// <summary>The target where rows that aim at the base have its answers; only they go through it.</summary>
    private Tensor WithBaseAnswers(IReadOnlyList<bool> towardsBase, Inputs inputs)
    {
        using var scope = NewDisposeScope();
        bool on = network.On;
        network.On = false;
        try
        {
            var chosen = tensor(Enumerable.Range(0, towardsBase.Count).Where(i => towardsBase[i]).Select(i => (long)i).ToArray(), device: inputs.Target.device);
            Tensor Rows(Tensor all) => all.index_select(0, chosen);
            var answers = transformer.Forward(
                Rows(inputs.Noised), Rows(inputs.States), Rows(inputs.Pooled), Rows(inputs.Time), inputs.Guidance is null ? null : Rows(inputs.Guidance), inputs.Rotary);
            return scope.MoveToOuter(inputs.Target.index_copy(0, chosen, answers.to(inputs.Target.dtype)));
        }
        finally
        {
            network.On = on;
        }
    }

    private Tensor RotaryOf(FlowBatch batch)
    {
        var key = (batch.Rows, batch.Columns, batch.States.shape[1]);
        if (!_rotary.TryGetValue(key, out var rotary))
        {
            using var scope = NewDisposeScope();
            using var outside = inference_mode(false);
            rotary = scope.Detach(transformer.Rotary(
                PositionIds.Text((int)key.Item3).to(target.Device), PositionIds.Image(batch.Rows, batch.Columns).to(target.Device)));
            _rotary.Add(key, rotary);
        }
        return rotary;
    }

    private Tensor Mean(FlowBatch batch, Tensor velocity, Tensor goal)
    {
        using var scope = NewDisposeScope();
        Tensor? mask = batch.Mask?.to(target.Device);
        var each = loss.PerPicture(velocity, goal, batch.Levels, mask);
        if (batch.Weights is not null)
            each = each * tensor(batch.Weights.Select(w => (float)w).ToArray(), device: each.device);
        return scope.MoveToOuter(each.mean());
    }

    /// <summary>
    /// The chain rule block by block: first forward without a graph, keeping each block's input; then from the end, each block once more with a graph, its
    /// output's gradient in, its input's gradient out. The same products in the same order as one large graph, so the same gradients.
    /// </summary>
    private double Recomputed(FlowBatch batch, Inputs inputs, double share)
    {
        int doubles = transformer.Config.DoubleBlocks, singles = transformer.Config.SingleBlocks;
        var (doubleInputs, singleInputs) = (new (Tensor img, Tensor txt)[doubles], new Tensor[singles]);
        Tensor img, txt, vec, x;
        using (no_grad())
        {
            (img, txt, vec) = transformer.Embed(inputs.Noised, inputs.States, inputs.Pooled, inputs.Time, inputs.Guidance);
            for (int n = 0; n < doubles; n++)
            {
                doubleInputs[n] = (img, txt);
                (img, txt) = transformer.DoubleBlock(n, img, txt, vec, inputs.Rotary);
            }
            x = cat([txt, img], 1);
            for (int n = 0; n < singles; n++)
            {
                singleInputs[n] = x;
                x = transformer.SingleBlock(n, x, vec, inputs.Rotary);
            }
        }
        long text = txt.shape[1];
        bool embedded = network.Targets.Any(t => !t.Layer.Contains("_blocks.", StringComparison.Ordinal));
        using var grad = enable_grad();
        vec = Leaf(vec, embedded);
        double value;
        Tensor gradient;
        using (var inner = NewDisposeScope())
        {
            var last = Leaf(x);
            var mean = Mean(batch, transformer.Finish(last, vec, text), inputs.Target);
            (mean * share).backward();
            value = mean.detach().cpu().item<float>();
            gradient = inner.MoveToOuter(last.grad!);
        }
        x.Dispose();
        for (int n = singles - 1; n >= 0; n--)
        {
            using var inner = NewDisposeScope();
            var leaf = Leaf(singleInputs[n]);
            Back([transformer.SingleBlock(n, leaf, vec, inputs.Rotary)], [gradient]);
            gradient.Dispose();
            singleInputs[n].Dispose();
            gradient = inner.MoveToOuter(leaf.grad!);
        }
        var (imgGradient, txtGradient) = (gradient.narrow(1, text, gradient.shape[1] - text), gradient.narrow(1, 0, text));
        for (int n = doubles - 1; n >= 0; n--)
        {
            using var inner = NewDisposeScope();
            var (imgLeaf, txtLeaf) = (Leaf(doubleInputs[n].img), Leaf(doubleInputs[n].txt));
            var (imgOut, txtOut) = transformer.DoubleBlock(n, imgLeaf, txtLeaf, vec, inputs.Rotary);
            Back([imgOut, txtOut], [imgGradient, txtGradient]);
            doubleInputs[n].img.Dispose();
            doubleInputs[n].txt.Dispose();
            (imgGradient, txtGradient) = inner.MoveToOuter(imgLeaf.grad!, txtLeaf.grad!);
        }
        if (embedded)
        {
            var (imgOut, txtOut, vecOut) = transformer.Embed(inputs.Noised, inputs.States, inputs.Pooled, inputs.Time, inputs.Guidance);
            var outputs = new[] { (imgOut, imgGradient), (txtOut, txtGradient), (vecOut, vec.grad) }.Where(o => o.Item1.requires_grad && o.Item2 is not null).ToList();
            if (outputs.Count > 0)
                Back([.. outputs.Select(o => o.Item1)], [.. outputs.Select(o => o.Item2!)]);
        }
        return value;
    }

    private static Tensor Leaf(Tensor value, bool wantsGradient = true) => value.detach().requires_grad_(wantsGradient);

    /// <summary>Outputs that no branch reaches have no gradient to give.</summary>
    private static void Back(IList<Tensor> outputs, IList<Tensor> gradients) => autograd.backward(outputs, gradients);
}
