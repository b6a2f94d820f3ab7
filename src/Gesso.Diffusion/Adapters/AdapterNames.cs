using Gesso.Models.Clip;
using Gesso.Models.Flux;
using Gesso.Models.T5;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Adapters;

/// <summary>The networks of a model that an adapter may change.</summary>
public enum AdaptedNetwork
{
    Transformer,
    Clip,
    T5,
}

/// <summary>Where one name of an adapter file points to: some or all rows of a layer, or a parameter.</summary>
/// <param name="Name">Canonical: of the layer without <c>.weight</c>, or of the parameter in full.</param>
/// <param name="FirstRow">First output (element of a parameter).</param>
/// <param name="Rows">How many.</param>
/// <param name="Inputs">Width of the layer; 0 for parameters.</param>
/// <param name="SwappedHalves">The file has the second half of the rows first.</param>
public sealed record AdapterTarget(string Name, long FirstRow, long Rows, long Inputs, bool SwappedHalves = false)
{
    public bool IsParameter => Inputs == 0;

    /// <summary>Whether the layer has a bias; parameters have none.</summary>
    public bool Biased { get; init; }
}

/// <summary>
/// Every name that any dialect has for the layers of a network: canonical ones and those of its weight maps. Dots and underscores are the same to it, since half
/// of the dialects write one for the other.
/// </summary>
public sealed class AdapterNames
{
    private readonly Dictionary<string, AdapterTarget> _targets = [];

    private AdapterNames(NetworkShape shape, IEnumerable<WeightMap> maps)
    {
        foreach (var map in maps.Prepend(WeightMap.Identity("canonical")))
        {
            foreach (var (name, linear) in shape.Linears)
                AddLinear(map, name, linear);
            foreach (var (name, axes) in shape.Parameters.Where(p => p.Value.Length == 1))
            {
                foreach (string source in map.Resolve(name).Sources)
                    Add(source[..source.LastIndexOf('.')], new AdapterTarget(name, 0, axes[0], 0));
            }
        }
    }

    public static AdapterNames OfTransformer(NetworkShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var names = new AdapterNames(shape, [FluxWeightMaps.Bfl, FluxWeightMaps.Diffusers]);
        names.AddXLabs(shape);
        return names;
    }

    public static AdapterNames OfClip(NetworkShape shape) => new(shape, [ClipWeightMaps.Bare]);

    public static AdapterNames OfT5(NetworkShape shape) => new(shape, []);

    public AdapterTarget? Find(string name) => _targets.GetValueOrDefault(Key(name));

    /// <summary>Names of a dialect's map and the rows they stand for, in the order of the rows.</summary>
    /// <param name="map">The dialect.</param>
    /// <param name="name">Canonical name of a linear layer.</param>
    /// <param name="linear">Its size.</param>
    public static IEnumerable<(string Source, AdapterTarget Target)> Parts(WeightMap map, string name, LinearShape linear)
    {
        ArgumentNullException.ThrowIfNull(map);
        const string weight = ".weight";
        var (layout, sources) = map.Resolve(name + weight);
        string[] layers = [.. sources.Select(s => s[..^weight.Length])];
        if (layout != RowLayout.Stacked)
        {
            foreach (string layer in layers)
                yield return (layer, new AdapterTarget(name, 0, linear.Outputs, linear.Inputs, layout == RowLayout.SwappedHalves) { Biased = linear.Biased });
            yield break;
        }
        // q, k and v are as wide as their input; what is stacked last (v, or the MLP) has the rest
        for (int i = 0; i < layers.Length; i++)
        {
            long first = i * linear.Inputs;
            long rows = i + 1 < layers.Length ? linear.Inputs : linear.Outputs - first;
            yield return (layers[i], new AdapterTarget(name, first, rows, linear.Inputs) { Biased = linear.Biased });
        }
    }

    /// <summary>Rows in the order in which the file of a target has them; the same again undoes it where the halves are equal, as they are in every layer that has them swapped.</summary>
    /// <param name="values">[rows, …]</param>
    /// <param name="target">Whose they are.</param>
    public static Tensor InFileOrder(Tensor values, AdapterTarget target)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(target);
        if (!target.SwappedHalves)
            return values;
        long half = values.shape[0] / 2;
        return cat([values.narrow(0, half, values.shape[0] - half), values.narrow(0, 0, half)], 0);
    }

    private void AddLinear(WeightMap map, string name, LinearShape linear)
    {
        foreach (var (source, target) in Parts(map, name, linear))
            Add(source, target);
    }

    /// <summary>XLabs names its layers after the attention processors that held them; in single blocks qkv are the first three of linear1's parts.</summary>
    private void AddXLabs(NetworkShape shape)
    {
        foreach (var (name, linear) in shape.Linears)
        {
            string[] parts = name.Split('.');
            string? processor = (parts[0], string.Join('.', parts.Skip(2))) switch
            {
                ("double_blocks", "img_attn.qkv") => "qkv_lora1",
                ("double_blocks", "txt_attn.qkv") => "qkv_lora2",
                ("double_blocks", "img_attn.proj") => "proj_lora1",
                ("double_blocks", "txt_attn.proj") => "proj_lora2",
                ("single_blocks", "linear1") => "qkv_lora",
                ("single_blocks", "linear2") => "proj_lora",
                _ => null,
            };
            if (processor is not null)
                Add($"{parts[0]}.{parts[1]}.processor.{processor}", new AdapterTarget(name, 0, processor == "qkv_lora" ? 3 * linear.Inputs : linear.Outputs, linear.Inputs) { Biased = linear.Biased });
        }
    }

    private void Add(string name, AdapterTarget target) => _targets.TryAdd(Key(name), target);

    private static string Key(string name) => name.Replace('.', '_');
}

/// <summary>What stands before a layer's name, and which network it means.</summary>
internal static class AdapterPrefixes
{
    /// <summary>Longer ones before those they begin with. OneTrainer counts T5 as the second text encoder, kohya as the third.</summary>
    private static readonly (string Prefix, AdaptedNetwork Network)[] All =
    [
        ("lora_unet_", AdaptedNetwork.Transformer), ("lora_transformer_", AdaptedNetwork.Transformer),
        ("lora_te1_", AdaptedNetwork.Clip), ("lora_te2_", AdaptedNetwork.T5), ("lora_te3_", AdaptedNetwork.T5), ("lora_te_", AdaptedNetwork.Clip),
        ("lycoris_te1_", AdaptedNetwork.Clip), ("lycoris_", AdaptedNetwork.Transformer),
        ("base_model.model.transformer.", AdaptedNetwork.Transformer), ("base_model.model.", AdaptedNetwork.Transformer),
        ("model.diffusion_model.", AdaptedNetwork.Transformer), ("diffusion_model.", AdaptedNetwork.Transformer),
        ("transformer.", AdaptedNetwork.Transformer), ("unet.", AdaptedNetwork.Transformer),
        ("text_encoders.clip_l.transformer.", AdaptedNetwork.Clip), ("text_encoders.t5xxl.transformer.", AdaptedNetwork.T5),
        ("text_encoder_2.", AdaptedNetwork.T5), ("text_encoder.", AdaptedNetwork.Clip),
        ("clip_l.", AdaptedNetwork.Clip), ("t5xxl.", AdaptedNetwork.T5),
    ];

    /// <summary>The network and the name in it; a name without a known prefix is the transformer's.</summary>
    public static (AdaptedNetwork Network, string Local) Split(string module)
    {
        foreach (var (prefix, network) in All)
        {
            if (module.StartsWith(prefix, StringComparison.Ordinal))
                return (network, module[prefix.Length..]);
        }
        return (AdaptedNetwork.Transformer, module);
    }
}
