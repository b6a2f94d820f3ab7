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

    /// <summary>Adds the branch's part, times <paramref name="strength"/>.</summary>
    /// <param name="y">[…, Outputs], the layer's answer with what the branches before this one added. Nobody else holds it: it may be changed in place.</param>
    /// <param name="x">[…, Inputs], what the layer was given.</param>
    /// <param name="strength">1: as trained.</param>
    /// <returns><paramref name="y"/>, or another tensor; then the layer frees <paramref name="y"/>.</returns>
    Tensor AddTo(Tensor y, Tensor x, double strength);
}
