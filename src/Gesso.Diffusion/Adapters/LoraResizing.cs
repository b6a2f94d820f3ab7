using Gesso.Contracts.Errors;
using Gesso.Torch.Layers;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Adapters;

/// <summary>Adapters of another rank, and adapters out of the difference of two checkpoints, by singular values.</summary>
public static class LoraResizing
{
    /// <summary>The best pairs of a smaller rank for every weight that a file changes; LoKr, LoHa and full differences become pairs too.</summary>
    /// <param name="plan">The file and its layers.</param>
    /// <param name="model">Their sizes.</param>
    /// <param name="rule">Where singular values are cut off.</param>
    /// <exception cref="GessoException"><c>not_resizable</c>: weight-decomposed layers, which are no difference of their own.</exception>
    public static IReadOnlyList<LoraPair> Resize(LoraPlan plan, AdapterModel model, RankRule rule)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(rule);
        rule.Validate();
        if (plan.Changes.FirstOrDefault(c => c.Module.IsWeightDecomposed) is { } decomposed)
        {
            throw GessoException.Refused("not_resizable",
                $"{plan.File.Path}: {decomposed.Module.Name} is weight-decomposed (DoRA): what it changes depends on the model's weights. `gesso lora merge` puts it into a checkpoint, `gesso lora extract` takes a LoRA out of that.");
        }
        using var noGrad = no_grad();
        var loading = new LoraLoading(plan, model, ComputeTarget.Cpu);
        List<LoraPair> pairs = [];
        foreach (var network in plan.Changes.Where(c => !c.Target.IsParameter).Select(c => c.Network).Distinct())
        {
            using var part = loading.Load(network, () => throw GessoException.Bug("no_layers", "Resizing asked for the weights of a model."));
            foreach (var (layer, branch) in part.Branches)
            {
                using var scope = NewDisposeScope();
                var (down, up) = branch is LowRankBranch pair ? LowRank.Of(pair.Down, pair.Up, rule) : LowRank.Of(branch.Difference(), rule);
                pairs.Add(new LoraPair(network, layer, scope.MoveToOuter(down), scope.MoveToOuter(up), branch is LowRankBranch { Scale: var scale } ? scale : 1, branch.FirstRow));
            }
        }
        return pairs;
    }

    /// <summary>Pairs for what a tuned transformer's blocks have more than their base's; layers that are the same have none.</summary>
    /// <param name="tuned">Its layers.</param>
    /// <param name="original">Those of the model it was tuned from.</param>
    /// <param name="rule">Where singular values are cut off.</param>
    /// <exception cref="GessoException"><c>not_the_same_model</c>, <c>nothing_to_extract</c></exception>
    public static IReadOnlyList<LoraPair> Extract(NetworkLayers tuned, NetworkLayers original, RankRule rule)
    {
        ArgumentNullException.ThrowIfNull(tuned);
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(rule);
        rule.Validate();
        using var noGrad = no_grad();
        List<LoraPair> pairs = [];
        foreach (var (name, layer) in tuned.Linears.Where(l => l.Key.Contains("_blocks.", StringComparison.Ordinal)))
        {
            if (!original.Linears.TryGetValue(name, out var other) || other.Inputs != layer.Inputs || other.Outputs != layer.Outputs)
                throw GessoException.Invalid("not_the_same_model", $"The layer {name} ({layer.Inputs}→{layer.Outputs}) is not in the base model or has another size there: the two are not of one architecture.");
            using var scope = NewDisposeScope();
            var difference = layer.DenseWeight() - other.DenseWeight();
            if (!difference.any().ToBoolean())
                continue;
            var (down, up) = LowRank.Of(difference, rule);
            pairs.Add(new LoraPair(AdaptedNetwork.Transformer, name, scope.MoveToOuter(down), scope.MoveToOuter(up), 1));
        }
        return pairs.Count > 0 ? pairs : throw GessoException.Invalid("nothing_to_extract", "The two models have the same blocks: there is nothing to extract.");
    }
}
