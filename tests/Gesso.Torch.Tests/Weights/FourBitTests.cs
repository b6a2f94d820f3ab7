using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Weights;

namespace Gesso.Torch.Tests.Weights;

/// <summary>bitsandbytes' NF4, with plain and with 8-bit factors; its other formats are refused by name.</summary>
public sealed class FourBitTests
{
    private const int Inputs = 192, Outputs = 100;                                          // 300 blocks: more than one group of nested factors

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Values_are_levels_times_the_factor_of_their_block(bool nested)
    {
        var content = Content(nested);
        float[] expected = content.Decoded["a.weight"].Values();

        Assert.Equal(expected, Loading.Weight(content.Packed, "a", Inputs, Outputs));
        Assert.Equal(expected, Loading.Weight(content.Packed, "a", Inputs, Outputs, storage: LinearStorage.Compact));
        Assert.InRange(expected.Zip(RandomValues.Normal(1, Inputs * Outputs), (a, b) => Math.Abs(a - b)).Max(), 0.01, 0.6);
    }

    [Fact]
    public void Factors_follow_their_rows_into_other_layouts()
    {
        var map = new WeightMap("rows", new WeightRule("qkv.*", RowLayout.Stacked, "q.*", "k.*"), new WeightRule("mod.*", RowLayout.SwappedHalves, "a.*"));
        var content = FourBitContent.Of(new FileContent().Add("q.weight", [2, 64], RandomValues.Normal(1, 128)).Add("k.weight", [3, 64], RandomValues.Normal(2, 192)).Add("a.weight", [4, 128], RandomValues.Normal(3, 512)), nested: true);
        float[] a = content.Decoded["a.weight"].Values();

        Assert.Equal([.. content.Decoded["q.weight"].Values(), .. content.Decoded["k.weight"].Values()], Loading.Parameter(content.Packed, "qkv.weight", [5, 64], map));
        Assert.Equal([.. a[256..], .. a[..256]], Loading.Parameter(content.Packed, "mod.weight", [4, 128], map));
    }

    [Theory]
    [InlineData(".absmax", "is missing")]
    [InlineData(".quant_map", "is missing")]
    [InlineData(".nested_quant_map", "is missing")]
    public void Missing_companions_are_named(string suffix, string words) =>
        Assert.Contains($"{suffix} {words}", Refusal.Of("bad_scale", () => Loading.Weight(Content(true).Packed.Remove("a.weight" + suffix), "a", Inputs, Outputs)), StringComparison.Ordinal);

    [Fact]
    public void Counts_and_shapes_that_do_not_fit_are_told()
    {
        Assert.Contains("has 3 values; expected 300", Refusal.Of("bad_scale", () => Loading.Weight(Content(false).Packed.Add("a.weight.absmax", [3], 1, 2, 3), "a", Inputs, Outputs)), StringComparison.Ordinal);
        Assert.Contains(".nested_absmax 1", Refusal.Of("bad_scale", () => Loading.Weight(Content(true).Packed.Add("a.weight.nested_absmax", [1], 1), "a", Inputs, Outputs)), StringComparison.Ordinal);
        byte[] state = Encoding.UTF8.GetBytes($"{{\"blocksize\": 4096, \"shape\": [{Outputs}, {Inputs}]}}");
        Assert.Contains("in blocks of 4096", Refusal.Of("bad_scale", () => Loading.Weight(Content(false).Packed.Add("a.weight.quant_state.bitsandbytes__nf4", StorageType.U8, [state.Length], state), "a", Inputs, Outputs)), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_formats_of_bitsandbytes_are_refused_by_name()
    {
        float[] levels = new float[16];
        Assert.Contains("levels of its own", Refusal.Of("unsupported_quantization", ErrorKind.Refused, () => Loading.Weight(Content(false).Packed.Add("a.weight.quant_map", [16], levels), "a", Inputs, Outputs)), StringComparison.Ordinal);
        var fp4 = new FileContent().Add("a.weight", StorageType.U8, [4, 3], new byte[12]).Add("a.weight.quant_state.bitsandbytes__fp4", StorageType.U8, [2], "{}"u8.ToArray());
        Assert.Contains("fp4", Refusal.Of("unsupported_quantization", ErrorKind.Refused, () => Loading.Weight(fp4, "a", 3, 4)), StringComparison.Ordinal);
        var int8 = new FileContent().Add("a.weight", StorageType.I8, [4, 3], new byte[12]).Add("a.SCB", [4], 1, 1, 1, 1).Add("a.weight_format", StorageType.U8, [], [0]);
        Assert.Contains("LLM.int8", Refusal.Of("unsupported_quantization", ErrorKind.Refused, () => Loading.Weight(int8, "a", 3, 4)), StringComparison.Ordinal);
    }

    private static FourBitContent Content(bool nested) => FourBitContent.Of(new FileContent().Add("a.weight", [Outputs, Inputs], RandomValues.Normal(1, Inputs * Outputs)), nested);
}
