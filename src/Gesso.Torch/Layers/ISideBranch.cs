using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <summary>
/// What stands beside a linear layer and adds to its answer: an adapter at work, or one in training. The layer's own weight stays as it is, so a branch is
/// put on and taken off in no time, whatever the weight is stored as.
/// </summary>
public interface ISideBranch
{
    /// <summary>Width of x. Wider than the layer's own where an adapter widens it (control LoRA): the layer then takes the first columns.</summary>
    long Inputs { get; }

    /// <summary>What the layer's own product (its answer without bias) is multiplied by at strength 1, [Outputs] in f32; null: by nothing. Weight-decomposed adapters have it.</summary>
    Tensor? RowGain => null;

    /// <summary>Adds the branch's part, times <paramref name="strength"/>.</summary>
    /// <param name="y">[…, Outputs], the layer's answer with what the branches before this one added. Nobody else holds it: it may be changed in place.</param>
    /// <param name="x">[…, Inputs], what the layer was given.</param>
    /// <param name="strength">1: as trained.</param>
    /// <returns><paramref name="y"/>, or another tensor; then the layer frees <paramref name="y"/>.</returns>
    Tensor AddTo(Tensor y, Tensor x, double strength);
}

/// <summary>A branch that could as well be added to the weight: it can be merged, measured and written to another file.</summary>
public interface IWeightBranch : ISideBranch
{
    /// <summary>The output to which the first row of <see cref="Difference"/> belongs.</summary>
    long FirstRow { get; }

    /// <summary>How many outputs are changed.</summary>
    long Rows { get; }

    /// <summary>What is added to the weight at strength 1, in f32: [Rows, Inputs], without <see cref="ISideBranch.RowGain"/>. The caller disposes it.</summary>
    Tensor Difference();
}
