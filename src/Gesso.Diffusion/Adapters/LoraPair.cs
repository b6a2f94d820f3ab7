using Gesso.Contracts.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Adapters;

/// <summary>A low-rank change of some or all rows of a layer, in the network's own names and order of rows; f32 on the CPU.</summary>
/// <param name="Network">Which network.</param>
/// <param name="Layer">Canonical name.</param>
/// <param name="Down">A [r, Inputs]</param>
/// <param name="Up">B [rows, r]</param>
/// <param name="Scale">alpha / r</param>
/// <param name="FirstRow">The output to which B's first row belongs.</param>
public sealed record LoraPair(AdaptedNetwork Network, string Layer, Tensor Down, Tensor Up, double Scale, long FirstRow = 0)
{
    public long Rank => Down.shape[0];

    public long Rows => Up.shape[0];

    /// <summary>Every pair of a file; the caller disposes the tensors.</summary>
    /// <exception cref="GessoException"><c>not_low_rank</c>: the file holds something else too, which no pair can stand for.</exception>
    public static IReadOnlyList<LoraPair> Read(LoraPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var others = plan.Changes.Where(c => c.Module.Kind != LoraKind.LowRank || c.Module.IsWeightDecomposed || c.Target.IsParameter
            || c.Module.Has(LoraRole.UpBias) || c.Module.Has(LoraRole.BiasDifference)).ToList();
        if (others.Count > 0)
        {
            throw GessoException.Invalid("not_low_rank",
                $"{plan.File.Path}: {others.Count} of its {plan.Changes.Count} layers are not plain pairs A, B but LoKr, LoHa, DoRA, full differences or biases (the first: {others[0].Module.Name}). `gesso lora resize` makes pairs of the weights among them.");
        }
        List<LoraPair> pairs = [];
        foreach (var change in plan.Changes)
        {
            using var scope = NewDisposeScope();
            var down = plan.File.Read(change.Module, LoraRole.Down);
            var up = AdapterNames.InFileOrder(plan.File.Read(change.Module, LoraRole.Up), change.Target);
            pairs.Add(new LoraPair(change.Network, change.Target.Name, scope.MoveToOuter(down), scope.MoveToOuter(up.contiguous()), plan.File.Scale(change.Module), change.Target.FirstRow));
        }
        return pairs;
    }
}
