using Gesso.Contracts.Errors;
using static TorchSharp.torch;

namespace Gesso.Training.Optimizers;

/// <summary>One trained tensor: a window of <see cref="ParameterSet.Values"/>.</summary>
/// <param name="Name">Unique in its set.</param>
/// <param name="Shape">Row-major.</param>
/// <param name="Offset">Where it begins in the flat tensors.</param>
public sealed record Parameter(string Name, IReadOnlyList<long> Shape, long Offset)
{
    public long Elements { get; } = Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>This parameter's part of a flat tensor of the set, in its own shape; a view.</summary>
    public Tensor Window(Tensor flat)
    {
        using var part = flat.narrow(0, Offset, Elements);
        return part.view([.. Shape]);
    }
}

/// <summary>
/// Everything that is trained, in one flat tensor, and all gradients in another: an optimiser is a dozen operations over all of it instead of a dozen for each of
/// 600 matrices, and to save or average the weights is one copy. The networks compute with windows of it.
/// </summary>
public sealed class ParameterSet : IDisposable
{
    private readonly Dictionary<string, Tensor> _leaves = [];

    /// <param name="shapes">Names and shapes, in the order of the flat tensors.</param>
    /// <param name="device">Where they live; always f32.</param>
    public ParameterSet(IEnumerable<(string Name, long[] Shape)> shapes, Device device)
    {
        ArgumentNullException.ThrowIfNull(shapes);
        List<Parameter> items = [];
        long offset = 0;
        foreach (var (name, shape) in shapes)
        {
            items.Add(new Parameter(name, shape, offset));
            offset += items[^1].Elements;
        }
        if (offset == 0)
            throw GessoException.Invalid("nothing_to_train", "No layer was chosen to be trained. Choose at least one.");
        Items = items;
        using var scope = NewDisposeScope();
        using var outside = inference_mode(false);
        using var still = no_grad();
        Values = scope.Detach(zeros([offset], ScalarType.Float32, device));
        Gradients = scope.Detach(zeros([offset], ScalarType.Float32, device));
        foreach (var item in items)
        {
            var leaf = scope.Detach(item.Window(Values).detach().requires_grad_());
            // backward adds to a gradient that is there: so all of them arrive in the flat tensor
            leaf.grad = item.Window(Gradients);
            _leaves.Add(item.Name, leaf);
        }
    }

    public IReadOnlyList<Parameter> Items { get; }

    /// <summary>[N] f32</summary>
    public Tensor Values { get; }

    /// <summary>[N] f32; backward passes add to it, <see cref="ClearGradients"/> empties it.</summary>
    public Tensor Gradients { get; }

    public long Count => Values.NumberOfElements;

    /// <summary>The tensor that a network computes with: gradients flow into <see cref="Gradients"/>, and a change of <see cref="Values"/> is seen at once.</summary>
    public Tensor Leaf(string name) => _leaves[name];

    public void ClearGradients()
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        Gradients.zero_();
    }

    /// <summary>Root of the sum of all squared gradients, as a plain number.</summary>
    public double GradientNorm()
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        return linalg.vector_norm(Gradients, 2).cpu().item<float>();
    }

    /// <summary>Scales all gradients down where their norm is above the limit (as torch.nn.utils.clip_grad_norm_).</summary>
    /// <param name="norm">From <see cref="GradientNorm"/>.</param>
    /// <param name="most">0: never.</param>
    public void ClipGradients(double norm, double most)
    {
        double factor = most / (norm + 1e-6);
        if (most <= 0 || factor >= 1)
            return;
        using var scope = NewDisposeScope();
        using var still = no_grad();
        Gradients.mul_(factor);
    }

    public void Dispose()
    {
        foreach (var leaf in _leaves.Values)
            leaf.Dispose();
        Values.Dispose();
        Gradients.Dispose();
    }
}
