using Gesso.Contracts.Images;
using Gesso.Models.Flux;
using Gesso.Models.Vae;

namespace Gesso.Engine.Library.Inspection;

/// <summary>What fits in which memory: parameters in the type they are held in, plus <see cref="MemoryEstimate.PeakBytes(FluxConfig, VaeConfig, ImageSize, int, int, int)"/> at the default size.</summary>
internal static class MemoryOptions
{
    private const long GB = 1_000_000_000;
    private const int F32 = 4;
    private const int BF16 = 2;

    // CUDA context, cuBLAS workspace and fragmentation
    private const long GpuOverhead = 1 * GB;
    private static readonly int[] Cards = [8, 12, 16, 24, 32, 48, 80, 141];

    public static IReadOnlyList<MemoryOption> Of(IReadOnlyList<InspectedComponent> components, FluxConfig flux, VaeConfig vae, ImageSize size, int textLength)
    {
        long all = components.Sum(c => c.Parameters);
        long encoders = components.Where(c => c.Name.StartsWith("text", StringComparison.Ordinal)).Sum(c => c.Parameters);
        long onCpu = MemoryEstimate.PeakBytes(flux, vae, size, textLength, 1, F32);
        long onGpu = MemoryEstimate.PeakBytes(flux, vae, size, textLength, 1, BF16) + GpuOverhead;
        // decoded on use: the largest matrix at a time, in f32
        long largest = (long)flux.Hidden * (3L * flux.Hidden + flux.MlpHidden) * F32;
        long free = MemoryEstimate.AvailableBytes();
        return
        [
            new("CPU, as stored and decoded on use (--memory compact)", largest + onCpu, largest + onCpu <= free, null),
            new("CPU, expanded to f32 (--memory expanded)", all * F32 + onCpu, all * F32 + onCpu <= free, null),
            Card("GPU, bf16, everything resident", all * BF16 + onGpu),
            Card("GPU, bf16, text encoders released after encoding", Math.Max(encoders, all - encoders) * BF16 + onGpu),
        ];
    }

    private static MemoryOption Card(string way, long bytes)
    {
        int card = Cards.FirstOrDefault(c => bytes <= c * GB);
        return new MemoryOption(way, bytes, null, card == 0 ? null : card);
    }
}
