using static TorchSharp.torch;

namespace Gesso.Training.Steps;

/// <summary>Pictures of one size with their texts, noise and levels: what one forward and backward pass is made of. Owns its tensors.</summary>
public sealed record FlowBatch : IDisposable
{
    /// <summary>[B, I, C] packed latents in the transformer's scale, f32.</summary>
    public required Tensor Latents { get; init; }

    /// <summary>
    /// [B, I, C] what the noise is laid on, where that is not the picture itself: the network is shown how another look of it begins and aims at the picture. Null: it is.
    /// </summary>
    public Tensor? Sources { get; init; }

    /// <summary>[B, I, C] f32</summary>
    public required Tensor Noise { get; init; }

    /// <summary>Noise level of each picture, 0 … 1.</summary>
    public required IReadOnlyList<double> Levels { get; init; }

    /// <summary>[B, T, ContextDim]</summary>
    public required Tensor States { get; init; }

    /// <summary>[B, PooledDim]</summary>
    public required Tensor Pooled { get; init; }

    /// <summary>Of the packed grid.</summary>
    public required int Rows { get; init; }

    /// <summary>Of the packed grid.</summary>
    public required int Columns { get; init; }

    /// <summary>[B, I, C] weights of cells, or null.</summary>
    public Tensor? Mask { get; init; }

    /// <summary>How much each picture's loss counts; null: 1 each.</summary>
    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>Pictures whose target is what the base model answers, branches off, instead of the data (output preservation); null: none.</summary>
    public IReadOnlyList<bool>? TowardsBase { get; init; }

    public int Count => Levels.Count;

    public void Dispose()
    {
        foreach (var tensor in new[] { Latents, Sources, Noise, States, Pooled, Mask })
            tensor?.Dispose();
    }
}
