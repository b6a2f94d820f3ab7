using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Pipelines;
using Gesso.Models.Flux;
using Gesso.Models.Vae;
using Gesso.Torch.Layers;
using Gesso.Torch.Weights;

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

    /// <summary>Bytes that adapters add to a picture: tensors that are not in memory yet, and what the largest branch writes down beside its layer.</summary>
    /// <param name="adapters">The adapters.</param>
    /// <param name="plan">One of the pictures.</param>
    /// <param name="model">What draws them.</param>
    /// <param name="pictures">How many go through the network together.</param>
    public static long AdapterBytes(IReadOnlyList<AdapterNeed> adapters, DenoisePlan plan, FluxModel model, int pictures = 1)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(model);
        long elementBytes = model.Target.IsCpu ? 4 : 2, tokens = Tokens(plan, model) * pictures * (plan.UsesTrueGuidance ? 2 : 1);
        long resident = adapters.Where(a => !a.IsHeld).Sum(a => a.Size.ResidentBytes);
        return resident + adapters.Select(a => (tokens * a.Size.TokenWidth + a.Size.WorkElements) * elementBytes).DefaultIfEmpty(0).Max();
    }

    /// <summary>
    /// Bytes that merging adapters into the weights takes: their tensors, which are kept for when a network is loaded again; weights held as stored in the file, which
    /// are held in 16 bits in memory afterwards; and three copies of the largest changed layer in f32 while it is made.
    /// </summary>
    public static long MergeBytes(IReadOnlyList<AdapterNeed> adapters, FluxModel model)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        ArgumentNullException.ThrowIfNull(model);
        long resident = adapters.Sum(a => a.Size.ResidentBytes), grown = 0, largest = 0;
        foreach (var (network, name) in adapters.SelectMany(a => a.Size.Layers).Distinct())
        {
            var own = Layers(model, network).Linears[name].Own;
            long elements = own.Inputs * own.Outputs;
            grown += own is CompactLinear { Weight.IsInMemory: false } ? 2 * elements : 0;
            largest = Math.Max(largest, elements);
        }
        return resident + grown + 3 * 4 * largest;
    }

    /// <exception cref="GessoException"><c>too_large_for_memory</c> with the estimate and what is there.</exception>
    public static void RequireMergeFits(IReadOnlyList<AdapterNeed> adapters, FluxModel model)
    {
        long need = MergeBytes(adapters, model);
        long have = AvailableBytes();
        if (model.Target.IsCpu && need > have)
        {
            throw GessoException.Invalid("too_large_for_memory",
                $"Merging {adapters.Count} adapters needs about {need / Gigabyte:0.0} GB of memory; {have / Gigabyte:0.0} GB are free. Use them without --merge-lora.");
        }
    }

    /// <param name="plan">One of the pictures.</param>
    /// <param name="model">What draws them.</param>
    /// <param name="pictures">How many go through the network together.</param>
    /// <param name="adapters">What is to be put on; null: the plan's.</param>
    /// <exception cref="GessoException"><c>too_large_for_memory</c> with the estimate and what is there.</exception>
    public static void RequireFits(DenoisePlan plan, FluxModel model, int pictures = 1, IReadOnlyList<AdapterNeed>? adapters = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(model);
        AdapterNeed[] needs = [.. adapters ?? plan.Adapters.Select(a => model.Adapters.NeedOf(a))];
        long beside = AdapterBytes(needs, plan, model, pictures);
        long need = PeakBytes(plan, model, pictures) + beside;
        if (!model.Target.IsCpu)
            return;
        long have = AvailableBytes();
        if (need > have)
        {
            string what = pictures == 1 ? $"A {plan.Size} picture needs" : $"{pictures} pictures of {plan.Size} drawn together need";
            string how = needs.Length == 0 ? "for activations" : $"for activations and {needs.Length} adapters ({beside / Gigabyte:0.0} GB of it)";
            throw GessoException.Invalid("too_large_for_memory",
                $"{what} about {need / Gigabyte:0.0} GB of memory {how}; {have / Gigabyte:0.0} GB are free. Draw {(pictures == 1 ? "smaller and upscale" : "fewer at a time")}.");
        }
    }

    /// <summary>How many of the wanted pictures can go through the network together, at least 1; all of them on a GPU, whose memory is not known here.</summary>
    public static int MostTogether(DenoisePlan plan, FluxModel model, int wanted)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.Target.IsCpu)
            return wanted;
        ArgumentNullException.ThrowIfNull(plan);
        if (wanted <= 1)
            return 1;
        long have = AvailableBytes();
        AdapterNeed[] needs = [.. plan.Adapters.Select(a => model.Adapters.NeedOf(a))];
        int pictures = Math.Max(1, wanted);
        while (pictures > 1 && PeakBytes(plan, model, pictures) + AdapterBytes(needs, plan, model, pictures) > have)
            pictures--;
        return pictures;
    }

    private static long Tokens(DenoisePlan plan, FluxModel model) => plan.Size.Pixels / ((long)model.PixelStep * model.PixelStep) + plan.TextLength;

    private static NetworkLayers Layers(FluxModel model, AdaptedNetwork network) => network switch
    {
        AdaptedNetwork.Clip => model.Clip.Layers,
        AdaptedNetwork.T5 => model.T5.Layers,
        _ => model.Transformer.Layers,
    };

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
