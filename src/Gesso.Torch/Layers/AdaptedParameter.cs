using Gesso.Torch.Tensors;
using static TorchSharp.torch;

namespace Gesso.Torch.Layers;

/// <summary>
/// A small parameter (norm scale, bias) that an adapter changes by a plain difference: written over in place, since it is part of no product that a branch could
/// stand beside. The loaded values are kept meanwhile, and come back bit for bit.
/// </summary>
/// <param name="value">As the network holds it; not owned.</param>
public sealed class AdaptedParameter(Tensor value) : IDisposable
{
    private Tensor? _loaded;

    public IReadOnlyList<long> Shape { get; } = value.shape;

    public Tensor Value { get; } = value;

    public bool IsChanged => _loaded is not null;

    /// <summary>The loaded values plus a difference of the same shape, in place of any difference before it.</summary>
    public void Change(Tensor difference)
    {
        Check.Shape(difference, "difference of a parameter", [.. Shape]);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        _loaded ??= Value.clone().DetachFromDisposeScope();
        Value.copy_(_loaded.to(ScalarType.Float32) + difference.to(ScalarType.Float32).to(Value.device));
    }

    /// <summary>The values as loaded.</summary>
    public void Restore()
    {
        if (_loaded is null)
            return;
        using var noGrad = no_grad();
        Value.copy_(_loaded);
        Dispose();
    }

    /// <summary>What the values are now counts as loaded.</summary>
    public void Fold() => Dispose();

    public void Dispose()
    {
        _loaded?.Dispose();
        _loaded = null;
    }
}
