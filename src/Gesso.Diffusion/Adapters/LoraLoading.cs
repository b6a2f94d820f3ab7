using Gesso.Torch.Layers;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Adapters;

/// <summary>Reads what a plan says and makes branches of it.</summary>
/// <param name="plan">What goes where.</param>
/// <param name="model">The sizes of the layers.</param>
/// <param name="target">Device and compute type.</param>
internal sealed class LoraLoading(LoraPlan plan, AdapterModel model, ComputeTarget target)
{
    /// <summary>A Hadamard product is written as one of rank r·s while that is at most this share of the layer.</summary>
    private const int HadamardShare = 4;

    private readonly LoraFile _file = plan.File;

    /// <summary>Whether a Hadamard product of these ranks is written as one low-rank pair.</summary>
    public static bool IsLowRank(long first, long second, AdapterTarget at) => first * second * HadamardShare <= Math.Min(at.Rows, at.Inputs);

    /// <summary>The part for one network.</summary>
    /// <param name="network">Which.</param>
    /// <param name="layers">Its layers: only asked for, and so loaded, where an adapter sets the norm of their rows (DoRA).</param>
    public AdapterPart Load(AdaptedNetwork network, Func<NetworkLayers> layers)
    {
        using var mode = inference_mode(false);
        using var noGrad = no_grad();
        var part = new AdapterPart();
        try
        {
            foreach (var change in plan.Changes.Where(c => c.Network == network))
            {
                using var scope = NewDisposeScope();
                if (change.Target.IsParameter)
                    AddParameter(part, change);
                else
                    AddLayer(part, change, layers);
            }
            return part;
        }
        catch
        {
            part.Dispose();
            throw;
        }
    }

    private void AddParameter(AdapterPart part, PlannedChange change)
    {
        bool difference = change.Module.Has(LoraRole.Difference);
        var values = _file.Read(change.Module, difference ? LoraRole.Difference : LoraRole.Value);
        part.Add(change.Target.Name, new ParameterChange(part.Keep(values), difference));
    }

    private void AddLayer(AdapterPart part, PlannedChange change, Func<NetworkLayers> layers)
    {
        var (module, at) = (change.Module, change.Target);
        long outputs = model.Shape(change.Network).Linears[at.Name].Outputs;
        double scale = _file.Scale(module);
        if (module.HasWeight)
        {
            var branch = Branch(module, at, scale);
            if (module.IsWeightDecomposed)
                branch = Decomposed(branch, _file.Read(module, LoraRole.Magnitude), at, layers().Linears[at.Name]);
            part.Add(at.Name, Placed(part, branch));
        }
        if (module.Has(LoraRole.BiasDifference))
            AddBias(part, at, outputs, AdapterNames.InFileOrder(_file.Read(module, LoraRole.BiasDifference).flatten(), at));
        if (module.Has(LoraRole.UpBias))
            AddBias(part, at, outputs, AdapterNames.InFileOrder(_file.Read(module, LoraRole.UpBias).flatten(), at) * scale);
    }

    private static void AddBias(AdapterPart part, AdapterTarget at, long outputs, Tensor difference)
    {
        var whole = zeros(outputs);
        whole.narrow(0, at.FirstRow, at.Rows).copy_(difference);
        part.Add(at.Name + ".bias", new ParameterChange(part.Keep(whole), IsDifference: true));
    }

    /// <summary>The branch in f32 on the CPU, rows in the network's order.</summary>
    private IWeightBranch Branch(LoraModule module, AdapterTarget at, double scale)
    {
        Tensor Read(LoraRole role) => _file.Read(module, role);
        switch (module.Kind)
        {
            case LoraKind.LowRank:
                return new LowRankBranch(Read(LoraRole.Down), AdapterNames.InFileOrder(Read(LoraRole.Up), at), scale, at.FirstRow);
            case LoraKind.Hadamard:
                var (up1, down1, up2, down2) = (AdapterNames.InFileOrder(Read(LoraRole.HadamardFirstUp), at), Read(LoraRole.HadamardFirstDown), AdapterNames.InFileOrder(Read(LoraRole.HadamardSecondUp), at), Read(LoraRole.HadamardSecondDown));
                return IsLowRank(up1.shape[1], up2.shape[1], at)
                    ? HadamardBranch.AsLowRank(up1, down1, up2, down2, scale, at.FirstRow)
                    : new HadamardBranch(up1, down1, up2, down2, scale, at.FirstRow);
            case LoraKind.Kronecker:
                var w1 = Factor(module, LoraRole.KroneckerFirst, LoraRole.KroneckerFirstUp, LoraRole.KroneckerFirstDown);
                var w2 = Factor(module, LoraRole.KroneckerSecond, LoraRole.KroneckerSecondUp, LoraRole.KroneckerSecondDown);
                var branch = new KroneckerBranch(w1, w2, scale, at.FirstRow);
                return at.SwappedHalves ? new DifferenceBranch(AdapterNames.InFileOrder(branch.Difference(), at), at.FirstRow) : branch;
            default:
                return new DifferenceBranch(AdapterNames.InFileOrder(Read(LoraRole.Difference), at), at.FirstRow);
        }
    }

    private Tensor Factor(LoraModule module, LoraRole whole, LoraRole up, LoraRole down) =>
        module.Has(whole) ? _file.Read(module, whole) : _file.Read(module, up).mm(_file.Read(module, down));

    /// <summary>
    /// W' = m · (W + Δ) / ‖W + Δ‖, by rows (DoRA, arXiv 2402.09353 §4; PEFT, sd-scripts), or by columns where the file has one magnitude a column (old LyCORIS).
    /// By rows it is a gain of the layer's own rows and a smaller branch; by columns the difference is written out.
    /// </summary>
    private static IWeightBranch Decomposed(IWeightBranch branch, Tensor magnitude, AdapterTarget at, AdaptedLinear layer)
    {
        bool byColumns = magnitude.dim() == 2 && magnitude.shape[0] == 1 && at.Rows != 1;
        using var own = layer.DenseWeight();
        var weight = own.narrow(0, at.FirstRow, at.Rows).cpu();
        var adapted = weight + branch.Difference();
        var norm = linalg.vector_norm(adapted, 2, [byColumns ? 0L : 1L], keepdim: true).clamp_min(1e-12);
        if (byColumns)
            return new DifferenceBranch(adapted * (magnitude / norm) - weight, at.FirstRow);
        var gain = AdapterNames.InFileOrder(magnitude.flatten(), at).unsqueeze(1) / norm;                       // [rows,1]
        var all = ones(layer.Outputs);
        all.narrow(0, at.FirstRow, at.Rows).copy_(gain.squeeze(1));
        return branch is LowRankBranch lowRank
            ? new LowRankBranch(lowRank.Down, lowRank.Up * gain, lowRank.Scale, at.FirstRow) { RowGain = all }
            : new DifferenceBranch(adapted * gain - weight, at.FirstRow);
    }

    /// <summary>The same branch on the device, in the compute type, its tensors kept by the part.</summary>
    private IWeightBranch Placed(AdapterPart part, IWeightBranch branch)
    {
        Tensor Place(Tensor tensor) => part.Keep(tensor.to(target.Type).to(target.Device).contiguous());
        return branch switch
        {
            LowRankBranch b => new LowRankBranch(Place(b.Down), Place(b.Up), b.Scale, b.FirstRow) { RowGain = b.RowGain is null ? null : part.Keep(b.RowGain.to(target.Device)) },
            HadamardBranch b => b.With(Place),
            KroneckerBranch b => b.With(Place),
            DifferenceBranch b => b.With(Place),
            _ => throw new InvalidOperationException(branch.GetType().Name),
        };
    }
}
