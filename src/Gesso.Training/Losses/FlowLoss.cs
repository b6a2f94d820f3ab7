using Gesso.Contracts.Errors;
using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Training.Losses;

/// <summary>What is summed over the elements (kohya's loss_type).</summary>
public enum LossKind
{
    /// <summary>(v − target)² (l2).</summary>
    Square,

    /// <summary>2c·(√(d² + c²) − c): outliers count linearly (huber).</summary>
    Huber,

    /// <summary>2·(√(d² + c²) − c) (smooth_l1).</summary>
    SmoothL1,
}

/// <summary>How c of the Huber losses follows the noise level (huber_schedule); kohya's default <c>snr</c> has no meaning for flows.</summary>
public enum HuberSchedule
{
    Constant,

    /// <summary>c^s: strict at the picture's end no more than at the noise's.</summary>
    Exponential,
}

/// <summary>How much a noise level counts (Stable Diffusion 3, arXiv 2403.03206 §3.1; weighting_scheme).</summary>
public enum LossWeighting
{
    None,

    /// <summary>1 / s²</summary>
    SigmaSquareRoot,

    /// <summary>2 / (π·(1 − 2s + 2s²))</summary>
    CosineMap,
}

/// <summary>
/// The loss of flow matching: the network's velocity against noise − picture, in f32, averaged over the elements of each picture
/// (rectified flow, arXiv 2209.03003).
/// </summary>
public sealed record FlowLoss
{
    public LossKind Kind { get; init; } = LossKind.Square;

    /// <summary>c of the Huber losses (huber_c).</summary>
    public double HuberC { get; init; } = 0.1;

    public HuberSchedule HuberSchedule { get; init; } = HuberSchedule.Exponential;

    public LossWeighting Weighting { get; init; } = LossWeighting.None;

    public FlowLoss Validate()
    {
        if (HuberC is not (> 0 and <= 1))
            throw GessoException.Invalid("out_of_range", $"Huber c: expected more than 0 and at most 1, got {HuberC}.");
        return this;
    }

    /// <summary>noise − picture.</summary>
    public static Tensor Target(Tensor picture, Tensor noise) => noise.sub(picture);

    /// <summary>What leads to the picture from another's path: (noised − picture) / s, which is noise − picture on its own.</summary>
    /// <param name="picture">[B, I, C]</param>
    /// <param name="noised">[B, I, C] at these levels.</param>
    /// <param name="levels">[B] above 0.</param>
    public static Tensor Target(Tensor picture, Tensor noised, Tensor levels)
    {
        Check.Shape(noised, "noised [B,I,C]", picture.shape);
        using var scope = NewDisposeScope();
        return scope.MoveToOuter((noised - picture) / levels.view(-1, 1, 1));
    }

    /// <summary>(1 − s)·picture + s·noise</summary>
    /// <param name="picture">[B, I, C]</param>
    /// <param name="noise">[B, I, C]</param>
    /// <param name="levels">[B] in 0 … 1.</param>
    public static Tensor Noised(Tensor picture, Tensor noise, Tensor levels)
    {
        Check.Shape(noise, "noise [B,I,C]", picture.shape);
        using var scope = NewDisposeScope();
        var s = levels.view(-1, 1, 1);
        return scope.MoveToOuter(s * noise + (1 - s) * picture);
    }

    /// <param name="velocity">[B, I, C] as the network answered, any float type.</param>
    /// <param name="target">[B, I, C] f32</param>
    /// <param name="levels">The noise level of each picture.</param>
    /// <param name="mask">[B, I, C] f32 weights of latent cells, or null: all 1.</param>
    /// <returns>[B]</returns>
    public Tensor PerPicture(Tensor velocity, Tensor target, IReadOnlyList<double> levels, Tensor? mask = null)
    {
        ArgumentNullException.ThrowIfNull(velocity);
        ArgumentNullException.ThrowIfNull(levels);
        Check.Shape(velocity, "velocity [B,I,C]", levels.Count, -1, -1);
        Check.Shape(target, "target [B,I,C]", velocity.shape);
        if (mask is not null)
            Check.Shape(mask, "mask [B,I,C]", velocity.shape);
        using var scope = NewDisposeScope();
        var difference = velocity.to(ScalarType.Float32) - target;
        var loss = Kind == LossKind.Square ? difference.square() : Huber(difference, levels);
        if (mask is not null)
            loss = loss * mask;
        loss = loss.mean([1, 2]);                                                           // [B]
        if (Weighting != LossWeighting.None)
            loss = loss * Column(levels.Select(Weight), loss.device);
        return scope.MoveToOuter(loss);
    }

    /// <summary>The weight of a noise level.</summary>
    public double Weight(double level) => Weighting switch
    {
        LossWeighting.SigmaSquareRoot => 1 / (level * level),
        LossWeighting.CosineMap => 2 / (Math.PI * (1 - 2 * level + 2 * level * level)),
        _ => 1,
    };

    private Tensor Huber(Tensor difference, IReadOnlyList<double> levels)
    {
        using var scope = NewDisposeScope();
        var c = Column(levels.Select(s => HuberSchedule == HuberSchedule.Constant ? HuberC : Math.Pow(HuberC, s)), difference.device).view(-1, 1, 1);
        var loss = ((difference.square() + c.square()).sqrt() - c) * 2;
        return scope.MoveToOuter(Kind == LossKind.Huber ? loss * c : loss);
    }

    private static Tensor Column(IEnumerable<double> values, Device device) => tensor(values.Select(v => (float)v).ToArray(), device: device);
}
