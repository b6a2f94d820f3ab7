using Gesso.Contracts.Errors;
using Gesso.Diffusion.Pipelines;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Samplers;

/// <summary>What a multistep method keeps from one step to the next, by name, so that a run can be saved in between.</summary>
internal sealed class StepHistory : IDisposable
{
    private readonly Dictionary<string, Tensor> _kept = [];

    public IReadOnlyDictionary<string, Tensor> Tensors => _kept;

    /// <summary>Null before the step that keeps it.</summary>
    public Tensor? this[string name] => _kept.GetValueOrDefault(name);

    /// <summary>Takes a tensor over in place of the one kept under this name.</summary>
    public void Keep(string name, Tensor tensor)
    {
        if (_kept.Remove(name, out var old))
            old.Dispose();
        _kept[name] = tensor.DetachFromDisposeScope();
    }

    /// <summary>What was <paramref name="name"/> is <paramref name="older"/> from now on.</summary>
    public void Age(string name, string older)
    {
        if (_kept.Remove(name, out var tensor))
            Keep(older, tensor);
    }

    /// <summary>Takes copies of a saved history.</summary>
    /// <param name="saved">By name.</param>
    /// <param name="expected">The names that the method keeps at this step.</param>
    /// <exception cref="GessoException"><c>checkpoint_mismatch</c>: other names than expected.</exception>
    public void Restore(IReadOnlyDictionary<string, Tensor> saved, params ReadOnlySpan<string> expected)
    {
        string[] names = expected.ToArray();
        if (saved.Count != names.Length || !names.All(saved.ContainsKey))
        {
            throw RunCheckpoint.Mismatch(
                $"The checkpoint holds the sampler's tensors [{string.Join(", ", saved.Keys.Order())}], expected [{string.Join(", ", names.Order())}]");
        }
        foreach (string name in names)
            Keep(name, saved[name].clone());
    }

    public void Dispose()
    {
        foreach (var tensor in _kept.Values)
            tensor.Dispose();
        _kept.Clear();
    }
}
