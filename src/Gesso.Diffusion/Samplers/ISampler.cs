using Gesso.Contracts.Errors;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Samplers;

/// <summary>
/// Solves dx/dσ = v(x, σ) from one noise level to the next. A sampler belongs to one picture (multistep methods keep their history in
/// it) and is pure arithmetic in f32: inference and training previews share it.
/// </summary>
public interface ISampler : IDisposable
{
    /// <summary>Evaluations of the network, one a step.</summary>
    int Steps { get; }

    /// <summary>σ before step <paramref name="index"/>; σ of <see cref="Steps"/> is 0.</summary>
    float Sigma(int index);

    /// <summary>The time given to the network at step <paramref name="index"/>.</summary>
    float Time(int index);

    /// <param name="index">0 … Steps−1, in order.</param>
    /// <param name="x">Latents at σ[index], f32.</param>
    /// <param name="velocity">The network's answer at <paramref name="x"/>, f32, same shape.</param>
    /// <returns>Latents at σ[index+1].</returns>
    Tensor Step(int index, Tensor x, Tensor velocity);

    /// <summary>
    /// What the next step needs of the steps before, beside the latents; the tensors stay the sampler's. Empty for methods of one step, which is the default.
    /// </summary>
    IReadOnlyDictionary<string, Tensor> History => NoHistory;

    /// <summary>Stands where another sampler of this schedule stood when its <see cref="History"/> was saved.</summary>
    /// <param name="index">The step that comes next.</param>
    /// <param name="history">By name; copies are taken.</param>
    /// <exception cref="GessoException"><c>checkpoint_mismatch</c>: not what this method keeps at that step.</exception>
    void Restore(int index, IReadOnlyDictionary<string, Tensor> history)
    {
        using var none = new StepHistory();
        none.Restore(history);
    }

    private static readonly IReadOnlyDictionary<string, Tensor> NoHistory = new Dictionary<string, Tensor>();
}
