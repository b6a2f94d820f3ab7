using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Formats.Decoding;
using Gesso.Formats.Safetensors;

namespace Gesso.Torch.Weights;

/// <summary>
/// The factors of bitsandbytes' 4-bit weights, one for each block of (as a rule) 64 elements along the rows; those of "double quantisation" are 8-bit codes themselves, with factors for
/// each 256 and a common offset (functional.py <c>dequantize_4bit</c>).
/// </summary>
internal static class BlockScales
{
    public const string Factors = ".absmax", Levels = ".quant_map", NestedFactors = ".nested_absmax", NestedLevels = ".nested_quant_map", State = BitsAndBytes.StateSuffix;

    /// <param name="file">Where they lie.</param>
    /// <param name="weight">A matrix of NF4.</param>
    /// <param name="name">Of the weight, for errors.</param>
    /// <param name="find">A tensor beside the weight, by its suffix.</param>
    /// <returns>In the order of the blocks.</returns>
    /// <exception cref="GessoException">InvalidRequest <c>bad_scale</c>; Refused <c>unsupported_quantization</c>.</exception>
    public static float[] Read(ITensorFile file, StoredTensor weight, string name, Func<string, StoredTensor?> find)
    {
        var state = BlockState.Read(file.Bytes(Need(State)).ToArray()) ?? throw Bad($"{State} is not what bitsandbytes writes");
        if (Values(Levels) is var levels && !levels.AsSpan().SequenceEqual(NormalFloats.Levels))
        {
            throw GessoException.Refused(
                "unsupported_quantization", $"{file.Path}: {name} is quantised with levels of its own, which is not read. Use a file with the usual NF4, or a GGUF, fp8 or bf16 file of this model.");
        }
        long row = weight.Shape.Count == 2 ? weight.Shape[1] : 0;
        if (row == 0 || state.Block <= 0 || row % state.Block != 0)
            throw Bad($"a matrix whose rows are whole blocks was expected; it is [{string.Join(", ", weight.Shape)}] in blocks of {state.Block}");
        float[] factors = Values(Factors);
        if (factors.Length != weight.Elements / state.Block)
            throw Bad($"{Factors} has {factors.Length} values; expected {weight.Elements / state.Block}");
        if (find(NestedFactors) is null)
            return factors;
        float[] codes = Values(NestedLevels), outer = Values(NestedFactors);
        int group = state.NestedBlock;
        if (codes.Length != 256 || group <= 0 || outer.Length != (factors.Length + group - 1) / group || factors.Any(f => f is < 0 or > 255))
            throw Bad($"{NestedLevels} has {codes.Length} values (256 expected) and {NestedFactors} {outer.Length} for {factors.Length} codes in blocks of {group}");
        for (int i = 0; i < factors.Length; i++)
            factors[i] = codes[(int)factors[i]] * outer[i / group] + state.Offset;
        return factors;

        StoredTensor Need(string suffix) => find(suffix) ?? throw Bad($"{suffix} is missing");

        float[] Values(string suffix)
        {
            var stored = Need(suffix);
            float[] values = new float[stored.Elements];
            TensorDecoder.Decode(stored.Type, file.Bytes(stored), values);
            return values;
        }

        GessoException Bad(string problem) => GessoException.Invalid("bad_scale", $"{file.Path}: the 4-bit weight {name} cannot be decoded: {problem}. Download the file again.");
    }

    private sealed record BlockState(int Block, int NestedBlock, float Offset)
    {
        /// <summary>Null: something else.</summary>
        public static BlockState? Read(byte[] json)
        {
            try
            {
                using var document = JsonDocument.Parse(json);
                var root = document.RootElement;
                return new BlockState(
                    root.GetProperty("blocksize").GetInt32(),
                    root.TryGetProperty("nested_blocksize", out var nested) ? nested.GetInt32() : 0,
                    root.TryGetProperty("nested_offset", out var offset) ? offset.GetSingle() : 0);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                return null;
            }
        }
    }
}
