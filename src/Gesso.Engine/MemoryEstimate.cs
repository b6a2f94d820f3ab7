using Gesso.Contracts.Errors;
using Gesso.Diffusion.Pipelines;

namespace Gesso.Engine;

/// <summary>Rough peak memory of a picture, so that one that cannot fit is refused in a sentence instead of ending the process.</summary>
public static class MemoryEstimate
{
    private const double Gigabyte = 1e9;

    /// <summary>
    /// Bytes of activations: the larger of a transformer block (about 14 rows of width D a token, and the MLP) and the autoencoder's last
    /// level (about 4 feature maps at full resolution).
    /// </summary>
    public static long PeakBytes(DenoisePlan plan, FluxModel model)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(model);
        var config = model.TransformerConfig;
        long tokens = plan.Size.Pixels / ((long)model.PixelStep * model.PixelStep) + plan.TextLength;
        long batch = plan.UsesTrueGuidance ? 2 : 1;
        long element = model.Target.IsCpu ? 4 : 2;
        long transformer = batch * tokens * (14L * config.Hidden + 2L * config.MlpHidden) * element;
        long decoder = plan.Size.Pixels * 4L * model.AutoEncoderConfig.Channels.Take(2).Max() * element;
        return Math.Max(transformer, decoder);
    }

    /// <exception cref="GessoException"><c>too_large_for_memory</c> with the estimate and what is there.</exception>
    public static void RequireFits(DenoisePlan plan, FluxModel model)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(model);
        if (!model.Target.IsCpu)
            return;
        long need = PeakBytes(plan, model), have = AvailableBytes();
        if (need > have)
        {
            throw GessoException.Invalid("too_large_for_memory",
                $"A {plan.Size} picture needs about {need / Gigabyte:0.0} GB of memory for its activations; {have / Gigabyte:0.0} GB are free. Draw smaller and upscale.");
        }
    }

    /// <summary>Memory that the system would still give, within the limits of a container.</summary>
    public static long AvailableBytes()
    {
        var info = GC.GetGCMemoryInfo();
        long limit = info.TotalAvailableMemoryBytes;
        const string meminfo = "/proc/meminfo";
        if (File.Exists(meminfo))
        {
            string? line = File.ReadLines(meminfo).FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
            if (line is not null && long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], out long kilobytes))
                return Math.Min(limit, kilobytes * 1024);
        }
        return Math.Max(0, limit - info.MemoryLoadBytes);
    }
}
