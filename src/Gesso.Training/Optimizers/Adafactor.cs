using static TorchSharp.torch;

namespace Gesso.Training.Optimizers;

/// <summary>
/// Second moments of a matrix kept as one row and one column (Shazeer and Stern, arXiv 1804.04235, algorithm 4; transformers Adafactor without momentum):
/// almost no memory.
/// </summary>
public sealed class Adafactor : IOptimizer
{
    private readonly ParameterSet _parameters;
    private readonly AdafactorOptions _options;
    private readonly FlatMemory _memory;

    public Adafactor(ParameterSet parameters, AdafactorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _parameters = parameters;
        _options = options ?? new AdafactorOptions();
        _memory = new FlatMemory(parameters);
        using var outside = inference_mode(false);
        foreach (var item in parameters.Items)
        {
            if (item.Shape.Count == 2)
            {
                _memory.Add("rows." + item.Name, zeros([item.Shape[0]], ScalarType.Float32, parameters.Values.device));
                _memory.Add("columns." + item.Name, zeros([item.Shape[1]], ScalarType.Float32, parameters.Values.device));
            }
            else
            {
                _memory.Add("square." + item.Name, zeros([.. item.Shape], ScalarType.Float32, parameters.Values.device));
            }
        }
    }

    public OptimizerMemory Memory => _memory.Snapshot;

    public void Step(double rate)
    {
        using var still = no_grad();
        int t = ++_memory.Steps;
        double beta = 1 - Math.Pow(t, _options.DecayPower);
        if (_options.RelativeStep)
            rate = Math.Min(_options.WarmupInit ? 1e-6 * t : 1e-2, 1 / Math.Sqrt(t));
        foreach (var item in _parameters.Items)
            Update(item, beta, rate);
    }

    public void CopyDeployed(Tensor into) => into.copy_(_parameters.Values);

    public void Recall(OptimizerMemory memory) => _memory.Recall(memory);

    public void Dispose() => _memory.Dispose();

    private void Update(Parameter item, double beta, double rate)
    {
        using var scope = NewDisposeScope();
        var (x, g) = (item.Window(_parameters.Values), item.Window(_parameters.Gradients));
        if (_options.ScaleParameter)
            rate *= Math.Max(_options.SmallestScale, RootMeanSquare(x));
        var square = g.square().add_(_options.Epsilon);
        Tensor update;
        if (item.Shape.Count == 2)
        {
            var (rows, columns) = (_memory["rows." + item.Name], _memory["columns." + item.Name]);
            rows.mul_(beta).add_(square.mean([1]), 1 - beta);
            columns.mul_(beta).add_(square.mean([0]), 1 - beta);
            update = (rows / rows.mean()).rsqrt().unsqueeze(1) * columns.rsqrt().unsqueeze(0) * g;
        }
        else
        {
            var v = _memory["square." + item.Name];
            v.mul_(beta).add_(square, 1 - beta);
            update = v.rsqrt() * g;
        }
        update.div_(Math.Max(1, RootMeanSquare(update) / _options.ClipThreshold));
        x.mul_(1 - _options.WeightDecay * rate).add_(update, -rate);
    }

    private static double RootMeanSquare(Tensor x) => linalg.vector_norm(x, 2).cpu().item<float>() / Math.Sqrt(x.NumberOfElements);
}

/// <summary>The defaults are the recipe of FLUX trainers: a rate from outside, not scaled by the parameters.</summary>
public sealed record AdafactorOptions
{
    /// <summary>ε₁, added to every squared gradient.</summary>
    public double Epsilon { get; init; } = 1e-30;

    /// <summary>ε₂, the least scale of a parameter.</summary>
    public double SmallestScale { get; init; } = 1e-3;

    /// <summary>An update's root mean square is held at this.</summary>
    public double ClipThreshold { get; init; } = 1;

    /// <summary>β₂ at step t is 1 − t^this.</summary>
    public double DecayPower { get; init; } = -0.8;

    public double WeightDecay { get; init; }

    /// <summary>The rate is multiplied by the parameter's root mean square.</summary>
    public bool ScaleParameter { get; init; }

    /// <summary>The rate is min(0.01, 1/√t) whatever is given.</summary>
    public bool RelativeStep { get; init; }

    /// <summary>With <see cref="RelativeStep"/>: begins at 1e-6·t.</summary>
    public bool WarmupInit { get; init; }
}
