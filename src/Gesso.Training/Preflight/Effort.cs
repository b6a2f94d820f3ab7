using System.Diagnostics;
using Gesso.Diffusion.Pipelines;
using static TorchSharp.torch;

namespace Gesso.Training.Preflight;

/// <summary>What a run will take, reckoned from the sizes of the network and from how fast this device multiplies matrices.</summary>
/// <param name="StepFlops">Floating-point operations of one update.</param>
/// <param name="Speed">Of the device, in operations a second.</param>
/// <param name="MemoryBytes">Highest at once: base, branches with their optimiser, and what backward needs.</param>
public sealed record Effort(double StepFlops, double Speed, long MemoryBytes)
{
    /// <summary>Small matrices, normalisations and attention run slower than one large product: measured on the bundled model, where a step reached a third of it.</summary>
    private const double Efficiency = 0.35;

    private const int ProbeSide = 1024;

    public double SecondsPerStep => StepFlops / (Speed * Efficiency);

    /// <param name="plan">What is run.</param>
    /// <param name="model">What is trained; its weights need not be loaded.</param>
    public static Effort Of(TrainingPlan plan, FluxModel model)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(model);
        var c = model.TransformerConfig;
        double tokens = (double)plan.Buckets.Resolution.Pixels / (model.PixelStep * model.PixelStep) + plan.TextLength;
        int rows = plan.BatchSize * (plan.Preservation is null ? 1 : 3);
        // a base that stays as stored is always computed again (LoraTrainer)
        bool again = plan.Checkpointing || model.CompactBytes is not null;
        double passes = again ? 3 : 2;                                                      // forward, gradients of inputs, and forward again
        double blocks = 2.0 * TokenWeights(model) * tokens;
        double attention = 4.0 * tokens * tokens * c.Hidden * (c.DoubleBlocks + c.SingleBlocks);
        double flops = rows * plan.Accumulation * (blocks * passes + attention * (passes + 0.5));
        int element = model.Target.IsCpu ? 4 : 2;
        double weights = model.CompactBytes is { } stored ? stored + sizeof(float) * LargestBlock(model) : (double)element * model.Transformer.Shape.Elements;
        double kept = tokens * rows * element * (again
            ? c.Hidden * (c.DoubleBlocks + c.SingleBlocks) + 20.0 * c.Hidden + 6.0 * c.MlpHidden
            : (c.DoubleBlocks + c.SingleBlocks) * (16.0 * c.Hidden + 4.0 * c.MlpHidden));
        // rank times the sum of both sides of every linear layer, in f32: weights, gradients, two moments, mean
        double branches = 20.0 * plan.Modules.Rank * (c.DoubleBlocks * 2 * (8.0 * c.Hidden + 2.0 * (c.Hidden + c.MlpHidden) + 7 * c.Hidden)
            + c.SingleBlocks * (5.0 * c.Hidden + c.MlpHidden + 2.0 * c.Hidden + c.MlpHidden + 4 * c.Hidden));
        return new Effort(flops, Multiply(model), (long)(weights + kept + branches));
    }

    /// <summary>Weights of the largest block: where they stay as stored, those of one block are decoded at a time.</summary>
    private static long LargestBlock(FluxModel model) => model.Transformer.Shape.Linears
        .GroupBy(l => string.Join('.', l.Key.Split('.').Take(2))).Max(block => block.Sum(l => l.Value.Inputs * l.Value.Outputs));

    /// <summary>Weights of the blocks that every token goes through; modulation is computed once a picture.</summary>
    private static long TokenWeights(FluxModel model) => model.Transformer.Shape.Linears
        .Where(l => l.Key.Contains("_blocks.", StringComparison.Ordinal) && !l.Key.Contains("mod", StringComparison.Ordinal))
        .Sum(l => l.Value.Inputs * l.Value.Outputs);

    /// <summary>Operations a second of a product of two square matrices; the better of three.</summary>
    private static double Multiply(FluxModel model)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var type = model.Target.IsCpu ? ScalarType.Float32 : model.Target.Type;
        var a = ones(ProbeSide, ProbeSide, dtype: type, device: model.Target.Device);
        double best = double.MaxValue;
        for (int i = 0; i < 4; i++)
        {
            long start = Stopwatch.GetTimestamp();
            using var product = a.mm(a);
            _ = product[0, 0].cpu();
            if (i > 0)
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return 2.0 * ProbeSide * ProbeSide * ProbeSide / best;
    }
}
