using Gesso.Contracts.Errors;
using Gesso.Torch.Layers;
using Gesso.Torch.Weights;
using Gesso.Training.Optimizers;
using static TorchSharp.torch;

namespace Gesso.Training.Adapters;

/// <summary>One branch to be trained.</summary>
/// <param name="Layer">Canonical name of the linear layer.</param>
/// <param name="Rank">Inner width.</param>
/// <param name="Alpha">The branch is scaled by alpha / rank.</param>
/// <param name="FirstRow">First output it adds to.</param>
/// <param name="Rows">How many outputs; 0: all.</param>
public sealed record LoraTarget(string Layer, int Rank, double Alpha, long FirstRow = 0, long Rows = 0)
{
    /// <summary>Its own name where several branches stand on one layer.</summary>
    public string Name => Rows == 0 ? Layer : $"{Layer}@{FirstRow}";

    public string Down => Name + ".lora_down.weight";

    public string Up => Name + ".lora_up.weight";
}

/// <summary>The low-rank branches in training, hung on the layers of a loaded network; disposing takes them off.</summary>
public sealed class LoraNetwork : IDisposable
{
    private readonly NetworkLayers _layers;
    private readonly BranchSwitch _switch = new();
    private readonly List<(AdaptedLinear Layer, TrainedBranch Branch)> _branches = [];

    /// <param name="layers">Of the network that is trained.</param>
    /// <param name="targets">At least one.</param>
    /// <param name="dropout">Applied between <see cref="BeginPass"/> and the end of a step.</param>
    /// <param name="device">The network's.</param>
    public LoraNetwork(NetworkLayers layers, IReadOnlyList<LoraTarget> targets, BranchDropout dropout, Device device)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(targets);
        _layers = layers;
        Targets = targets;
        foreach (var target in targets)
        {
            if (!layers.Linears.TryGetValue(target.Layer, out var linear))
                throw GessoException.Invalid("unknown_layer", $"The model has no linear layer {target.Layer} to train. Its layers: {string.Join(", ", layers.Linears.Keys.Take(5))} …");
            if (target.FirstRow + target.Rows > linear.Outputs || target.Rank > Math.Min(linear.Inputs, linear.Outputs))
                throw GessoException.Invalid("out_of_range", $"{target.Layer} is {linear.Inputs}→{linear.Outputs}; a branch of rank {target.Rank} on outputs from {target.FirstRow} does not fit.");
        }
        Parameters = new ParameterSet(targets.SelectMany(Shapes), device);
        for (int i = 0; i < targets.Count; i++)
        {
            var target = targets[i];
            var linear = layers.Linears[target.Layer];
            var branch = new TrainedBranch(
                Parameters.Leaf(target.Down), Parameters.Leaf(target.Up), target.Alpha / target.Rank, target.FirstRow, dropout, i, _switch);
            _branches.Add((linear, branch));
        }
        Attach();
    }

    public IReadOnlyList<LoraTarget> Targets { get; }

    public ParameterSet Parameters { get; }

    /// <summary>Off: the network answers as if nothing hung on it.</summary>
    public bool On
    {
        get => _switch.On;
        set => _switch.On = value;
    }

    /// <summary>One branch for each layer that is selected, in the order of the network.</summary>
    public static IReadOnlyList<LoraTarget> Select(NetworkLayers layers, ModuleSelection selection, double alpha)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(selection);
        return [.. layers.Linears.Keys.Select(l => new LoraTarget(l, selection.RankOf(l), alpha)).Where(t => t.Rank > 0)];
    }

    /// <summary>A = uniform in ±1/√inputs (kaiming_uniform with a = √5), B = 0: the network begins as the base.</summary>
    public void Initialise(Randomness randomness)
    {
        using var all = NewDisposeScope();
        using var still = no_grad();
        Parameters.Values.zero_();
        for (int i = 0; i < Targets.Count; i++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(0, CPU);
            generator.manual_seed(randomness.For("init", i));
            var item = Parameters.Items.First(p => p.Name == Targets[i].Down);
            double bound = 1 / Math.Sqrt(item.Shape[1]);
            item.Window(Parameters.Values).copy_(rand([.. item.Shape], ScalarType.Float32, CPU, generator: generator).mul(2 * bound).sub(bound));
        }
    }

    /// <summary>From here on passes drop values by this seed; null: none.</summary>
    public void BeginPass(long? dropoutSeed) => _switch.DropoutSeed = dropoutSeed;

    /// <summary>Hangs the branches on, as the constructor does.</summary>
    public void Attach()
    {
        Detach();
        foreach (var (layer, branch) in _branches)
            layer.Attach(branch);
    }

    /// <summary>Takes the branches off; they keep their weights.</summary>
    public void Detach()
    {
        foreach (var (layer, branch) in _branches)
            layer.Detach(branch);
    }

    public void Dispose()
    {
        Detach();
        Parameters.Dispose();
    }

    private IEnumerable<(string, long[])> Shapes(LoraTarget target)
    {
        var linear = _layers.Linears[target.Layer];
        yield return (target.Down, [target.Rank, linear.Inputs]);
        yield return (target.Up, [target.Rows == 0 ? linear.Outputs : target.Rows, target.Rank]);
    }
}
