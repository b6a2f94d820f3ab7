using Gesso.Contracts.Errors;
using Gesso.Torch.Native;
using Gesso.Torch.Weights;

namespace Gesso.Engine;

/// <summary>How weights of large networks are held on the CPU.</summary>
public enum WeightMemory
{
    /// <summary>Expanded where that takes at most half of the free memory, else as stored.</summary>
    Auto,

    /// <summary>In the compute type: fastest.</summary>
    Expanded,

    /// <summary>As stored, decoded at each use: smallest.</summary>
    Compact,
}

/// <summary>Where and how the engine computes.</summary>
public sealed record EngineOptions
{
    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Compute threads; null: one a core.</summary>
    public int? Threads { get; init; }

    /// <summary>Folder with libtorch; null: see <see cref="TorchOptions"/>.</summary>
    public string? LibTorchPath { get; init; }

    public WeightMemory Weights { get; init; } = WeightMemory.Auto;

    public EngineOptions Validate()
    {
        bool known = Device is "auto" or "cpu" or "cuda" || (Device.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(Device[5..], out int n) && n >= 0);
        if (!known)
            throw GessoException.Invalid("bad_device", $"Device: expected auto, cpu, cuda or cuda:N, got \"{Device}\".");
        if (Threads is < 1 or > 1024)
            throw GessoException.Invalid("bad_threads", $"Threads: expected 1 to 1024, got {Threads}.");
        return this;
    }
}
