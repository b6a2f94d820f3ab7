using Gesso.Torch.Tensors;

namespace Gesso.Diffusion.Adapters;

/// <summary>What an adapter takes of memory, found from its header.</summary>
/// <param name="ResidentBytes">Its tensors once they are loaded: what <see cref="LoadedAdapter.ResidentBytes"/> then measures.</param>
/// <param name="TokenWidth">Elements that its largest branch writes down for each token, and frees again.</param>
/// <param name="WorkElements">Elements that its largest branch writes down whatever the number of tokens.</param>
/// <param name="Layers">The layers whose weights it changes.</param>
public sealed record AdapterSize(long ResidentBytes, long TokenWidth, long WorkElements, IReadOnlyList<(AdaptedNetwork Network, string Layer)> Layers)
{
    private const int F32 = 4;

    internal static AdapterSize Of(LoraPlan plan, AdapterModel model, ComputeTarget target)
    {
        int element = target.IsCpu ? F32 : 2;
        long bytes = 0, token = 0, work = 0;
        foreach (var (module, network, at) in plan.Changes)
        {
            if (at.IsParameter)
            {
                bytes += F32 * at.Rows;
                continue;
            }
            long outputs = model.Shape(network).Linears[at.Name].Outputs;
            bytes += F32 * outputs * ((module.Has(LoraRole.BiasDifference) ? 1 : 0) + (module.Has(LoraRole.UpBias) ? 1 : 0));
            if (!module.HasWeight)
                continue;
            var (elements, width, whole) = Branch(module, at);
            bytes += elements * element + (IsGain(module, at) ? F32 * outputs : 0);
            (token, work) = (Math.Max(token, width), Math.Max(work, whole));
        }
        return new AdapterSize(bytes, token, work, [.. plan.Changes.Where(c => !c.Target.IsParameter && c.Module.HasWeight).Select(c => (c.Network, c.Target.Name)).Distinct()]);
    }

    /// <summary>Elements of its tensors; those written down for each token; those written down at each use.</summary>
    private static (long Elements, long TokenWidth, long Work) Branch(LoraModule module, AdapterTarget at)
    {
        long full = at.Rows * at.Inputs;
        long Elements(params LoraRole[] roles) => roles.Sum(r => module.Tensors[r].Elements);
        long Side(LoraRole role, int axis) => module.Tensors[role].Shape[axis];
        switch (module.Kind)
        {
            case LoraKind.LowRank when IsWrittenOut(module, at):
                return (full, 0, 0);
            case LoraKind.LowRank:
                return (Elements(LoraRole.Down, LoraRole.Up), Side(LoraRole.Down, 0), 0);
            case LoraKind.Hadamard when LoraLoading.IsLowRank(Side(LoraRole.HadamardFirstDown, 0), Side(LoraRole.HadamardSecondDown, 0), at):
                long rank = Side(LoraRole.HadamardFirstDown, 0) * Side(LoraRole.HadamardSecondDown, 0);
                return IsWrittenOut(module, at) ? (full, 0, 0) : (rank * (at.Rows + at.Inputs), rank, 0);
            case LoraKind.Hadamard when !module.IsWeightDecomposed:
                return (Elements(LoraRole.HadamardFirstUp, LoraRole.HadamardFirstDown, LoraRole.HadamardSecondUp, LoraRole.HadamardSecondDown), 0, 2 * full);
            case LoraKind.Kronecker when !module.IsWeightDecomposed && !at.SwappedHalves:
                var (a, b) = Factor(module, LoraRole.KroneckerFirst, LoraRole.KroneckerFirstUp, LoraRole.KroneckerFirstDown);
                var (c, d) = Factor(module, LoraRole.KroneckerSecond, LoraRole.KroneckerSecondUp, LoraRole.KroneckerSecondDown);
                return (a * b + c * d, b * c + 2 * a * c, 0);
            default:
                return (full, 0, 0);
        }
    }

    /// <summary>One magnitude a column (old LyCORIS): the difference is then held in full.</summary>
    private static bool IsWrittenOut(LoraModule module, AdapterTarget at) => module.IsWeightDecomposed
        && module.Tensors[LoraRole.Magnitude].Shape is [1, _, ..] && at.Rows != 1;

    /// <summary>One magnitude a row: a gain of all the layer's rows.</summary>
    private static bool IsGain(LoraModule module, AdapterTarget at) => module.IsWeightDecomposed && !IsWrittenOut(module, at)
        && (module.Kind == LoraKind.LowRank
            || (module.Kind == LoraKind.Hadamard && LoraLoading.IsLowRank(module.Tensors[LoraRole.HadamardFirstDown].Shape[0], module.Tensors[LoraRole.HadamardSecondDown].Shape[0], at)));

    private static (long Rows, long Inputs) Factor(LoraModule module, LoraRole whole, LoraRole up, LoraRole down) => module.Tensors.TryGetValue(whole, out var tensor)
        ? (tensor.Shape[0], tensor.Shape[1])
        : (module.Tensors[up].Shape[0], module.Tensors[down].Shape[1]);
}

/// <param name="Size">Of an adapter.</param>
/// <param name="IsHeld">Whether its tensors are in memory already.</param>
public readonly record struct AdapterNeed(AdapterSize Size, bool IsHeld);
