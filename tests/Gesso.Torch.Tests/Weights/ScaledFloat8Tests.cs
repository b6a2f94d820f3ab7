using System.Text;
using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Weights;

namespace Gesso.Torch.Tests.Weights;

/// <summary>The scales of fp8 files in both notations (engine.md §2.2), and the quantisations that are not read.</summary>
public sealed class ScaledFloat8Tests
{
    private static readonly float[] Values = RandomValues.Normal(1, 12);

    private static readonly WeightMap Rows = new("rows",
        new WeightRule("qkv.*", RowLayout.Stacked, "q.*", "k.*"), new WeightRule("mod.*", RowLayout.SwappedHalves, "a.*"));

    public static TheoryData<string> Notations => ["weight_scale", "scale_weight"];

    [Theory]
    [MemberData(nameof(Notations))]
    public void One_scale_multiplies_every_value(string notation)
    {
        foreach (long[] shape in new long[][] { [], [1], [1, 1] })
        {
            var content = Weight().Add("a." + notation, shape, 2.5f);
            Assert.Equal(Scaled(_ => 2.5f), Loading.Weight(content, "a", 4, 3));
            Assert.Equal(Scaled(_ => 2.5f), Loading.Weight(content, "a", 4, 3, storage: LinearStorage.Compact));
        }
    }

    [Theory]
    [MemberData(nameof(Notations))]
    public void A_scale_a_row_multiplies_its_row(string notation)
    {
        foreach (long[] shape in new long[][] { [3], [3, 1] })
        {
            var content = Weight().Add("a." + notation, shape, 2, 0.5f, -3);
            Assert.Equal(Scaled(row => new[] { 2, 0.5f, -3 }[row]), Loading.Weight(content, "a", 4, 3));
            Assert.Equal(Scaled(row => new[] { 2, 0.5f, -3 }[row]), Loading.Weight(content, "a", 4, 3, storage: LinearStorage.Compact));
        }
    }

    [Fact]
    public void Scales_may_be_stored_in_other_float_types()
    {
        Assert.Equal(Scaled(_ => 0.5f), Loading.Weight(Weight().Add("a.weight_scale", StorageType.BF16, [], [0.5f]), "a", 4, 3));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(12)]
    [InlineData(0)]
    public void A_wrong_count_of_scales_is_refused(int count)
    {
        string message = Refusal.Of("bad_scale", () => Loading.Weight(Weight().Add("a.weight_scale", [count], new float[count]), "a", 4, 3));

        Assert.Contains($"a.weight has {count} values; expected one, or one for each of the 3 rows", message);
    }

    [Fact]
    public void Scales_follow_their_rows_when_halves_are_swapped()
    {
        var content = new FileContent().Add("a.weight", StorageType.F8E4M3, [2, 2], [1f, 2, 3, 4]).Add("a.weight_scale", [2], 10, 100);

        Assert.Equal([300, 400, 10, 20], Loading.Parameter(content, "mod.weight", [2, 2], Rows));
    }

    [Fact]
    public void Stacked_parts_have_scales_of_their_own()
    {
        var content = new FileContent()
            .Add("q.weight", StorageType.F8E4M3, [1, 2], [1f, 2]).Add("q.weight_scale", [], 10)
            .Add("k.weight", StorageType.F8E5M2, [1, 2], [0x3C, 0x40]).Add("k.scale_weight", [1], 100);

        Assert.Equal([10, 20, 100, 200], Loading.Parameter(content, "qkv.weight", [2, 2], Rows));
    }

    [Fact]
    public void Rows_of_an_embedding_are_scaled()
    {
        var content = new FileContent().Add("t.weight", StorageType.F8E4M3, [3, 2], [1f, 2, 3, 4, 5, 6]).Add("t.weight_scale", [3], 1, 10, 100);

        float[] rows = Loading.With(content, w => w.Embedding("t", 3, 2), table =>
        {
            using var found = table.Lookup([2, 0, 1, 2]);
            return Loading.Values(found);
        });

        Assert.Equal([500, 600, 1, 2, 30, 40, 500, 600], rows);
    }

    [Fact]
    public void Scales_beside_other_types_are_not_used()
    {
        var content = new FileContent().Add("a.weight", StorageType.BF16, [3, 4], Values).Add("a.weight_scale", [], 2);

        Assert.Equal(Values, Loading.Weight(content, "a", 4, 3));
    }

    [Theory]
    [InlineData("{\"format\": \"float8_e4m3fn\"}")]
    [InlineData("{\"format\": \"float8_e5m2\"}")]
    public void A_mark_of_a_float8_format_is_accepted(string json)
    {
        Assert.Equal(Scaled(_ => 2), Loading.Weight(Marked(json).Add("a.weight_scale", [], 2), "a", 4, 3));
    }

    [Theory]
    [InlineData("{\"format\": \"nvfp4\"}")]
    [InlineData("{\"format\": \"mxfp8\"}")]
    [InlineData("{\"format\": \"int8_tensorwise\"}")]
    [InlineData("not even json")]
    public void A_mark_of_another_format_is_refused_by_its_name(string json)
    {
        string message = Refusal.Of("unsupported_quantization", ErrorKind.Refused, () => Loading.Weight(Marked(json), "a", 4, 3));

        Assert.Contains(json, message);
        Assert.Contains("a.weight", message);
        Assert.Contains("GGUF", message);
    }

    [Theory]
    [InlineData("a.weight_scale_2")]
    [InlineData("a.pre_quant_scale")]
    public void Two_level_scales_are_refused(string companion)
    {
        Refusal.Of("unsupported_quantization", ErrorKind.Refused, () => Loading.Weight(Weight().Add(companion, [], 1), "a", 4, 3));
    }

    private static FileContent Weight() => new FileContent().Add("a.weight", StorageType.F8E4M3, [3, 4], Values);

    private static FileContent Marked(string json)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        return Weight().Add("a.comfy_quant", StorageType.U8, [bytes.Length], bytes);
    }

    private static float[] Scaled(Func<int, float> scale) => [.. Weight()["a.weight"].Values().Select((v, i) => v * scale(i / 4))];
}
