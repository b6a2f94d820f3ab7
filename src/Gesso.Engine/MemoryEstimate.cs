using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Models.Flux;
using Gesso.Models.Vae;

namespace Gesso.Engine;

/// <summary>Rough peak memory of a picture, so that one that cannot fit is refused in a sentence instead of ending the process.</summary>
public static class MemoryEstimate
{
    private const double Gigabyte = 1e9;

    /// <summary>Bytes of activations of planned pictures.</summary>
    /// <param name="plan">One of them.</param>
    /// <param name="model">What draws them.</param>
    /// <param name="pictures">How many go through the network together; they are decoded one by one.</param>
    public static long PeakBytes(DenoisePlan plan, FluxModel model, int pictures = 1)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(model);
        return PeakBytes(model.TransformerConfig, model.AutoEncoderConfig, plan.Size, plan.TextLength, pictures * (plan.UsesTrueGuidance ? 2 : 1), model.Target.IsCpu ? 4 : 2);
    }

    /// <summary>
    /// Bytes of activations: the larger of a transformer block (about 14 rows of width D a token, and the MLP) and the autoencoder's last
    /// levels (about 4 feature maps at full resolution).
    /// </summary>
    /// <param name="transformer">Widths of the transformer.</param>
    /// <param name="autoEncoder">Channels of the autoencoder.</param>
    /// <param name="size">The picture.</param>
    /// <param name="textTokens">T5 tokens.</param>
    /// <param name="batch">Rows of a batch: 1 a picture, 2 under true guidance.</param>
    /// <param name="elementBytes">4 for f32, 2 for bf16.</param>
    public static long PeakBytes(FluxConfig transformer, VaeConfig autoEncoder, ImageSize size, int textTokens, int batch, int elementBytes)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        ArgumentNullException.ThrowIfNull(autoEncoder);
        long pixelStep = 2L * autoEncoder.Downscale;
        long tokens = size.Pixels / (pixelStep * pixelStep) + textTokens;
        long blocks = batch * tokens * (14L * transformer.Hidden + 2L * transformer.MlpHidden) * elementBytes;
        long decoder = size.Pixels * 4L * autoEncoder.Channels.Take(2).Max() * elementBytes;
        return Math.Max(blocks, decoder);
    }

    /// <exception cref="GessoException"><c>too_large_for_memory</c> with the estimate and what is there.</exception>
    public static void RequireFits(DenoisePlan plan, FluxModel model, int pictures = 1)
    {
        long need = PeakBytes(plan, model, pictures);
        if (!model.Target.IsCpu)
            return;
        long have = AvailableBytes();
        if (need > have)
        {
            string what = pictures == 1 ? $"A {plan.Size} picture needs" : $"{pictures} pictures of {plan.Size} drawn together need";
            throw GessoException.Invalid("too_large_for_memory",
                $"{what} about {need / Gigabyte:0.0} GB of memory for activations; {have / Gigabyte:0.0} GB are free. Draw {(pictures == 1 ? "smaller and upscale" : "fewer at a time")}.");
        }
    }

    /// <summary>How many of the wanted pictures can go through the network together, at least 1; all of them on a GPU, whose memory is not known here.</summary>
    public static int MostTogether(DenoisePlan plan, FluxModel model, int wanted)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.Target.IsCpu)
            return wanted;
        long have = AvailableBytes();
        int pictures = Math.Max(1, wanted);
        while (pictures > 1 && PeakBytes(plan, model, pictures) > have)
            pictures--;
        return pictures;
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
