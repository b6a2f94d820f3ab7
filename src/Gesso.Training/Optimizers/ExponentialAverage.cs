using static TorchSharp.torch;

namespace Gesso.Training.Optimizers;

/// <summary>A running mean of the weights, which is smoother than their last values: average = decay·average + (1 − decay)·weights after every step.</summary>
public sealed class ExponentialAverage : IDisposable
{
    private readonly double _decay;

    /// <param name="decay">0.99: the mean of about the last hundred steps.</param>
    /// <param name="start">[N] the weights before the first step.</param>
    public ExponentialAverage(double decay, Tensor start)
    {
        _decay = decay;
        using var scope = NewDisposeScope();
        using var outside = inference_mode(false);
        using var still = no_grad();
        Values = scope.Detach(start.detach().clone());
    }

    /// <summary>[N]</summary>
    public Tensor Values { get; }

    public void Update(Tensor weights)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        Values.mul_(_decay).add_(weights, 1 - _decay);
    }

    public void Dispose() => Values.Dispose();
}
