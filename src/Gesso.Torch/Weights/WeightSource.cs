using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Formats;

namespace Gesso.Torch.Weights;

/// <summary>
/// The tensors of one network inside a file: those under a name prefix (<c>model.diffusion_model.</c> in all-in-one files), without the
/// companions that describe quantisation (<c>weight_scale</c>, <c>scale_weight</c>, <c>comfy_quant</c>, <c>absmax</c> …).
/// </summary>
public sealed class WeightSource
{
    /// <summary>Of other quantisations by bitsandbytes.</summary>
    private const string FourBitFloats = ".quant_state.bitsandbytes__fp4", EightBitFactors = ".SCB";

    private static readonly string[] CompanionSuffixes =
        [
        ".weight_scale", ".scale_weight", ".input_scale", ".scale_input", ".comfy_quant", ".weight_scale_2", ".pre_quant_scale",
        BlockScales.Factors, BlockScales.Levels, BlockScales.NestedFactors, BlockScales.NestedLevels, BlockScales.State, FourBitFloats, EightBitFactors, ".weight_format",
    ];

    private readonly ITensorFile _file;
    private readonly Dictionary<string, StoredTensor> _tensors = [];
    private readonly Dictionary<string, StoredTensor> _companions = [];

    public WeightSource(ITensorFile file, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(file);
        _file = file;
        Prefix = prefix;
        foreach (var (name, tensor) in file.Tensors)
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            string local = name[prefix.Length..];
            bool companion = local == "scaled_fp8" || CompanionSuffixes.Any(s => local.EndsWith(s, StringComparison.Ordinal));
            (companion ? _companions : _tensors)[local] = tensor;
        }
    }

    public string Path => _file.Path;

    public string Prefix { get; }

    public ITensorFile File => _file;

    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    public bool Contains(string name) => _tensors.ContainsKey(name);

    public StoredTensor? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>The whole of a stored tensor with its scales, if it has any.</summary>
    /// <param name="tensor">Of this source.</param>
    /// <param name="localName">Its name here, without the prefix.</param>
    /// <exception cref="GessoException">A quantisation that is not read yet (Refused, <c>unsupported_quantization</c>).</exception>
    public WeightPart Whole(StoredTensor tensor, string localName) => WeightView.Whole(_file, tensor, ScaleOf(tensor, localName));

    private float[] ScaleOf(StoredTensor tensor, string localName)
    {
        if (tensor.Type == StorageType.NF4)
            return BlockScales.Read(_file, tensor, localName, suffix => _companions.GetValueOrDefault(localName + suffix));
        if (_companions.ContainsKey(localName + FourBitFloats))
            throw Unsupported(localName, "fp4 (bitsandbytes)");
        const string weight = ".weight";
        if (!localName.EndsWith(weight, StringComparison.Ordinal))
            return [];
        string layer = localName[..^weight.Length];
        if (_companions.ContainsKey(layer + EightBitFactors))
            throw Unsupported(localName, "8 bits of bitsandbytes (LLM.int8)");
        if (_companions.TryGetValue(layer + ".comfy_quant", out var mark))
        {
            string json = Encoding.UTF8.GetString(_file.Bytes(mark));
            if (!json.Contains("float8_e4m3fn", StringComparison.Ordinal) && !json.Contains("float8_e5m2", StringComparison.Ordinal))
                throw Unsupported(localName, json);
        }
        if (_companions.ContainsKey(layer + ".weight_scale_2") || _companions.ContainsKey(layer + ".pre_quant_scale"))
            throw Unsupported(localName, "two-level scales (nvfp4)");
        if (!_companions.TryGetValue(layer + ".weight_scale", out var scale) && !_companions.TryGetValue(layer + ".scale_weight", out scale))
            return [];
        if (tensor.Type is not (StorageType.F8E4M3 or StorageType.F8E5M2))
            return [];
        float[] values = new float[scale.Elements];
        Formats.Decoding.TensorDecoder.Decode(scale.Type, _file.Bytes(scale), values);
        if (values.Length != 1 && values.Length != tensor.Shape[0])
        {
            throw GessoException.Invalid("bad_scale",
                $"{Path}: the scale of {localName} has {values.Length} values; expected one, or one for each of the {tensor.Shape[0]} rows.");
        }
        return values is [1f] ? [] : values;
    }

    private GessoException Unsupported(string name, string what) => GessoException.Refused("unsupported_quantization",
        $"{Path}: {name} is quantised as {what}, which is not read yet. Use a float8 (e4m3fn, e5m2), NF4, GGUF, bf16, f16 or f32 file of this model.");
}
