using Gesso.Contracts.Errors;
using Gesso.Models.Flux;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Pipelines;

/// <summary>
/// One step of several pictures in one pass through the network: the loop of every run, and a picture alone is a batch of one. Pictures may join and leave
/// between two steps and need not stand at the same one; only what the network's tensors have in common must be equal.
/// </summary>
public static class FluxBatch
{
    /// <summary>Computes the next step of each run.</summary>
    /// <param name="runs">Of one model, unfinished, with equal <see cref="FluxRun.Shape"/>.</param>
    /// <exception cref="GessoException"><c>batch_mismatch</c>: runs that cannot go together.</exception>
    public static void Advance(IReadOnlyList<FluxRun> runs)
    {
        RequireAlike(runs);
        // another run may have drawn with others since the last step; the same ones again cost nothing
        runs[0].Model.Adapters.Apply(runs[0].Plan.Adapters);
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var answers = Answers(runs);                                                        // [ΣP,I,4c]
        long row = 0;
        foreach (var run in runs)
        {
            run.Step(answers.narrow(0, row, run.Passes));
            row += run.Passes;
        }
    }

    // B = ΣP rows: the passes of the first run (positive, then negative under true guidance), then those of the next
    private static Tensor Answers(IReadOnlyList<FluxRun> runs)
    {
        using var scope = NewDisposeScope();
        var model = runs[0].Model;
        var input = Rows(runs.SelectMany(r => Enumerable.Repeat(r.Input(), r.Passes))).to(model.Target.Type);   // [B,I,C]
        var states = Rows(runs.Select(r => r.State.States));                                // [B,T,C]
        var pooled = Rows(runs.Select(r => r.State.Pooled));                                // [B,P]
        var time = Rows(runs.Select(r => full([r.Passes], r.Time, ScalarType.Float32, model.Target.Device)));   // [B]
        var guidance = runs[0].State.Guidance is null ? null : Rows(runs.Select(r => r.State.Guidance!));
        var probe = runs is [{ StepsDone: 0, State.Probe: { } seen }] ? new FirstOfBatch(seen) : null;
        return scope.MoveToOuter(model.Transformer.Use()
            .Forward(input, states, pooled, time, guidance, runs[0].State.Rotary, probe)
            .to(ScalarType.Float32));
    }

    /// <summary>One tensor below the other; a single one is not copied.</summary>
    private static Tensor Rows(IEnumerable<Tensor> parts)
    {
        Tensor[] all = [.. parts];
        return all is [var only] ? only : cat(all, 0);
    }

    private static void RequireAlike(IReadOnlyList<FluxRun> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0)
            throw GessoException.Bug("batch_mismatch", "A step of no pictures was asked for.");
        foreach (var run in runs)
        {
            ObjectDisposedException.ThrowIf(run.IsDisposed, run);
            if (run.IsDone)
                throw GessoException.Bug("batch_mismatch", $"A picture that has done its {run.Steps} steps was asked for another.");
            if (run.Model != runs[0].Model || run.Shape != runs[0].Shape)
                throw GessoException.Invalid("batch_mismatch", $"Pictures of a batch must be alike: expected {runs[0].Shape}, got {run.Shape}. Draw them one after the other.");
            if (!run.Plan.Adapters.SequenceEqual(runs[0].Plan.Adapters))
                throw GessoException.Invalid("batch_mismatch", "Pictures of a batch must have the same adapters at the same strengths. Draw them one after the other.");
        }
    }

    /// <summary>Shows a probe the positive half of a guided batch.</summary>
    private sealed class FirstOfBatch(IForwardProbe inner) : IForwardProbe
    {
        public void Record(string name, Tensor value)
        {
            using var first = value.narrow(0, 0, 1);
            inner.Record(name, first);
        }
    }
}
