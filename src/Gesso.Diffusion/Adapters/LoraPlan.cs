using Gesso.Contracts.Errors;
using Gesso.Models.Clip;
using Gesso.Models.Flux;
using Gesso.Models.T5;
using Gesso.Torch.Weights;

namespace Gesso.Diffusion.Adapters;

/// <param name="Module">What the file holds.</param>
/// <param name="Network">Which network it changes.</param>
/// <param name="Target">Which layer or parameter.</param>
public sealed record PlannedChange(LoraModule Module, AdaptedNetwork Network, AdapterTarget Target);

/// <summary>The names of a model's three networks, found without reading weights.</summary>
public sealed record AdapterModel(NetworkShape Transformer, NetworkShape Clip, NetworkShape T5)
{
    private readonly AdapterNames _transformer = AdapterNames.OfTransformer(Transformer);
    private readonly AdapterNames _clip = AdapterNames.OfClip(Clip);
    private readonly AdapterNames _t5 = AdapterNames.OfT5(T5);

    /// <summary>FLUX.1 dev with its text encoders, as published.</summary>
    public static AdapterModel Flux1() => new(
        NetworkShape.Of(w => new FluxTransformer(FluxConfig.Dev, w)), NetworkShape.Of(w => new ClipTextEncoder(ClipConfig.Large, w)), NetworkShape.Of(w => new T5Encoder(T5Config.Xxl, w)));

    internal NetworkShape Shape(AdaptedNetwork network) => network switch
    {
        AdaptedNetwork.Clip => Clip,
        AdaptedNetwork.T5 => T5,
        _ => Transformer,
    };

    internal (AdaptedNetwork Network, AdapterTarget? Target) Find(string module)
    {
        var (network, local) = AdapterPrefixes.Split(module);
        var names = network switch
        {
            AdaptedNetwork.Clip => _clip,
            AdaptedNetwork.T5 => _t5,
            _ => _transformer,
        };
        return (network, names.Find(local));
    }
}

/// <summary>Which parts of an adapter file change which layers of a model. What fits nowhere is listed; what fits by name but not by size is refused.</summary>
public sealed class LoraPlan
{
    private const int Listed = 6;

    /// <summary>The layer that control adapters widen: the picture they follow comes in beside the noise.</summary>
    private const string ImageInput = "img_in";

    private LoraPlan(LoraFile file, IReadOnlyList<PlannedChange> changes, IReadOnlyList<string> unused)
    {
        File = file;
        Changes = changes;
        Unused = unused;
    }

    public LoraFile File { get; }

    public IReadOnlyList<PlannedChange> Changes { get; }

    /// <summary>Layers and tensors of the file that the model does not have, as the file calls them.</summary>
    public IReadOnlyList<string> Unused { get; }

    /// <summary>Channels of the image tokens that the adapter expects; null: the model's own.</summary>
    public long? WidenedInput => Changes.Where(IsWidening).Select(c => (long?)c.Module.Tensors[LoraRole.Down].Shape[1]).FirstOrDefault();

    public bool Adapts(AdaptedNetwork network) => Changes.Any(c => c.Network == network);

    /// <exception cref="GessoException">
    /// <c>adapter_other_family</c>, <c>adapter_no_match</c>: nothing fits. <c>adapter_wrong_width</c>: layers of other sizes.
    /// </exception>
    public static LoraPlan Create(LoraFile file, AdapterModel model)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(model);
        List<PlannedChange> changes = [];
        List<string> unused = [.. file.Unknown];
        List<string> misshaped = [];
        foreach (var module in file.Modules)
        {
            var (network, target) = model.Find(module.Name);
            if (target is null || (module.Has(LoraRole.Value) && !target.IsParameter))
            {
                unused.Add(module.Name);
                continue;
            }
            var change = new PlannedChange(module, network, target);
            if (Misfit(change) is { } misfit)
                misshaped.Add($"{module.Name} is {misfit}");
            changes.Add(change);
        }
        if (changes.Count == 0)
            throw Nothing(file, model);
        if (misshaped.Count > 0)
        {
            string family = AdapterFamilies.Of(file) is { } name ? $" It looks like one for {name}." : "";
            throw GessoException.Invalid("adapter_wrong_width",
                $"{file.Path} was made for layers of other sizes: {misshaped.Count} of {changes.Count} do not fit, for example {string.Join("; ", misshaped.Take(Listed))}.{family} Use an adapter for this model.");
        }
        return new LoraPlan(file, changes, unused);
    }

    private static bool IsWidening(PlannedChange change) => change.Target.Name == ImageInput && change.Module.Kind == LoraKind.LowRank
        && change.Module.Tensors[LoraRole.Down].Shape is [_, var width, ..] && width > change.Target.Inputs;

    /// <summary>"8 wide, the layer 64→192", or null where it fits.</summary>
    private static string? Misfit(PlannedChange change)
    {
        var (module, target) = (change.Module, change.Target);
        long Size(LoraRole role, int axis) => module.Tensors[role].Shape.Count > axis ? module.Tensors[role].Shape[axis] : 1;
        bool Is(LoraRole role, params long[] shape) => !module.Has(role) || module.Tensors[role].Elements == shape.Aggregate(1L, (a, b) => a * b) && shape.Select((n, axis) => Size(role, axis) == n).All(same => same);

        (long rows, long inputs)? size = module.Kind switch
        {
            LoraKind.LowRank when Size(LoraRole.Up, 1) == Size(LoraRole.Down, 0) => (Size(LoraRole.Up, 0), Size(LoraRole.Down, 1)),
            LoraKind.LowRank => (-1, -1),
            LoraKind.Hadamard when Size(LoraRole.HadamardFirstUp, 0) == Size(LoraRole.HadamardSecondUp, 0) && Size(LoraRole.HadamardFirstDown, 1) == Size(LoraRole.HadamardSecondDown, 1)
                && Size(LoraRole.HadamardFirstUp, 1) == Size(LoraRole.HadamardFirstDown, 0) && Size(LoraRole.HadamardSecondUp, 1) == Size(LoraRole.HadamardSecondDown, 0)
                => (Size(LoraRole.HadamardFirstUp, 0), Size(LoraRole.HadamardFirstDown, 1)),
            LoraKind.Hadamard => (-1, -1),
            LoraKind.Kronecker => Kronecker(module),
            _ => module.Has(LoraRole.Difference) && !target.IsParameter ? (Size(LoraRole.Difference, 0), Size(LoraRole.Difference, 1)) : null,
        };
        if (target.IsParameter)
        {
            bool fits = module.Kind == LoraKind.Difference && Is(LoraRole.Difference, target.Rows) && Is(LoraRole.Value, target.Rows) && !module.Has(LoraRole.BiasDifference);
            return fits ? null : $"no vector of {target.Rows}, as {target.Name} is";
        }
        if (size is { } given && (given.rows != target.Rows || (given.inputs != target.Inputs && !IsWidening(change))))
            return given.rows < 0 ? "made of factors that do not fit each other" : $"{given.inputs}→{given.rows}, the layer {target.Inputs}→{target.Rows}";
        if (!Is(LoraRole.BiasDifference, target.Rows) || !Is(LoraRole.UpBias, target.Rows))
            return $"with a bias that has not the layer's {target.Rows} values";
        if ((module.Has(LoraRole.BiasDifference) || module.Has(LoraRole.UpBias)) && !target.Biased)
            return "with a bias, which the layer has not";
        if (module.IsWeightDecomposed && !Is(LoraRole.Magnitude, target.Rows) && !Is(LoraRole.Magnitude, target.Rows, 1) && !Is(LoraRole.Magnitude, 1, target.Inputs))
            return $"with magnitudes for neither the {target.Rows} rows nor the {target.Inputs} columns of the layer";
        return null;
    }

    private static (long Rows, long Inputs) Kronecker(LoraModule module)
    {
        (long, long) Factor(LoraRole whole, LoraRole up, LoraRole down)
        {
            if (module.Tensors.TryGetValue(whole, out var tensor))
                return tensor.Shape.Count == 2 ? (tensor.Shape[0], tensor.Shape[1]) : (0, 0);
            var (first, second) = (module.Tensors[up].Shape, module.Tensors[down].Shape);
            return first.Count == 2 && second.Count == 2 && first[1] == second[0] ? (first[0], second[1]) : (0, 0);
        }

        var (a, b) = Factor(LoraRole.KroneckerFirst, LoraRole.KroneckerFirstUp, LoraRole.KroneckerFirstDown);
        var (c, d) = Factor(LoraRole.KroneckerSecond, LoraRole.KroneckerSecondUp, LoraRole.KroneckerSecondDown);
        return a * c == 0 ? (-1, -1) : (a * c, b * d);
    }

    private static GessoException Nothing(LoraFile file, AdapterModel model)
    {
        string first = file.Modules.Count > 0 ? file.Modules[0].Name : file.Unknown[0];
        if (AdapterFamilies.Of(file) is { } family)
        {
            return GessoException.Invalid("adapter_other_family",
                $"{file.Path} is an adapter for {family}, not for FLUX.1: none of its {file.Modules.Count} layers is in this model (the first: {first}). Use a FLUX.1 adapter.");
        }
        return GessoException.Invalid("adapter_no_match",
            $"{file.Path} would change nothing: none of its {file.Modules.Count} layers (the first: {first}) is among the {model.Transformer.Linears.Count} of this FLUX.1 transformer or in its text encoders. It was made for another model, or by a trainer whose names are not known.");
    }
}
