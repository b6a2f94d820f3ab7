using Gesso.Contracts.Errors;
using static TorchSharp.torch;

namespace Gesso.Training.Optimizers;

/// <summary>What an optimiser remembers between two steps; with the parameters' values it is all that is needed to go on exactly.</summary>
/// <param name="Tensors">By name; they belong to the optimiser.</param>
/// <param name="Numbers">By name.</param>
public sealed record OptimizerMemory(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, double> Numbers);

/// <summary>Changes the values of a parameter set by its gradients.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>One update from the gradients as they are.</summary>
    /// <param name="rate">Learning rate of this step.</param>
    void Step(double rate);

    /// <summary>Writes the values that are to be validated, drawn with and saved, where they differ from those that are trained (schedule-free).</summary>
    /// <param name="into">[N]</param>
    void CopyDeployed(Tensor into);

    /// <summary>A view of the present memory, not a copy.</summary>
    OptimizerMemory Memory { get; }

    /// <summary>Takes over what another optimiser of this kind remembered.</summary>
    void Recall(OptimizerMemory memory);
}

/// <summary>Memory in flat tensors of the size of the set, and plain numbers: what all optimisers here have in common.</summary>
/// <param name="parameters">What is trained.</param>
/// <param name="names">Names of the flat tensors.</param>
internal sealed class FlatMemory(ParameterSet parameters, params ReadOnlySpan<string> names) : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors = Zeros(parameters, names);

    public Dictionary<string, double> Numbers { get; } = [];

    public Tensor this[string name] => _tensors[name];

    /// <summary>How many steps were done.</summary>
    public int Steps
    {
        get => (int)Numbers.GetValueOrDefault("steps");
        set => Numbers["steps"] = value;
    }

    public OptimizerMemory Snapshot => new(_tensors, Numbers);

    /// <summary>A tensor of another size than the set.</summary>
    public void Add(string name, Tensor tensor) => _tensors.Add(name, tensor.DetachFromDisposeScope());

    public void Recall(OptimizerMemory memory)
    {
        if (!_tensors.Keys.Order(StringComparer.Ordinal).SequenceEqual(memory.Tensors.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal))
        {
            throw GessoException.Invalid("state_mismatch",
                $"The saved optimiser remembers {Text(memory.Tensors.Keys)}, this one {Text(_tensors.Keys)}: it was saved with another optimiser. Resume with the same one.");
        }
        using var still = no_grad();
        foreach (var (name, tensor) in memory.Tensors)
        {
            if (!tensor.shape.SequenceEqual(_tensors[name].shape))
                throw GessoException.Invalid("state_mismatch", $"The saved optimiser's {name} has {tensor.NumberOfElements} values, expected {_tensors[name].NumberOfElements}.");
            _tensors[name].copy_(tensor);
        }
        Numbers.Clear();
        foreach (var (name, number) in memory.Numbers)
            Numbers[name] = number;
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
    }

    private static Dictionary<string, Tensor> Zeros(ParameterSet parameters, ReadOnlySpan<string> names)
    {
        using var outside = inference_mode(false);
        Dictionary<string, Tensor> tensors = [];
        foreach (string name in names)
            tensors.Add(name, zeros_like(parameters.Values).DetachFromDisposeScope());
        return tensors;
    }

    private static string Text(IEnumerable<string> names) => string.Join(", ", names.DefaultIfEmpty("nothing"));
}
