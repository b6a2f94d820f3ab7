using CsCheck;
using Gesso.Formats;
using Gesso.Formats.Decoding;
using Gesso.Testing;
using Gesso.Torch.Weights;
using static TorchSharp.torch;

namespace Gesso.Torch.Tests.Weights;

public sealed class CheckpointReadingTests
{
    private static readonly WeightMap Stacked = new("stacked",
        new WeightRule("qkv.*", RowLayout.Stacked, "q.*", "k.*", "v.*"), new WeightRule("mod.*", RowLayout.SwappedHalves, "swapped.*"),
        WeightRule.Same("norm.scale", "norm.scale", "norm.weight"));

    /// <summary>Every type a linear weight may be stored as: safetensors' floats, and GGUF's.</summary>
    public static TheoryData<StorageType, bool> StorageTypes()
    {
        var data = new TheoryData<StorageType, bool>();
        foreach (var type in new[] { StorageType.F64, StorageType.F32, StorageType.F16, StorageType.BF16, StorageType.F8E4M3, StorageType.F8E5M2 })
            data.Add(type, false);
        foreach (var type in Enum.GetValues<StorageType>().Where(t => t.IsBlockQuantized() && t != StorageType.NF4).Concat([StorageType.F32, StorageType.F16, StorageType.BF16]))
            data.Add(type, true);
        return data;
    }

    [Theory]
    [MemberData(nameof(StorageTypes))]
    public void Expanded_and_compact_give_the_same_output(StorageType type, bool gguf)
    {
        using var leaks = new LeakCheck();
        const int outputs = 6, inputs = 256;
        byte[] bytes = StoredBytes.Random(type, outputs * inputs, seed: (int)type);
        var content = new FileContent().Add("a.weight", type, [outputs, inputs], bytes).Add("a.bias", [outputs], RandomValues.Normal(1, outputs));
        float[] Run(LinearStorage storage) => Loading.With(content, w => w.Linear("a", inputs, outputs), layer =>
        {
            using var scope = NewDisposeScope();
            return Loading.Values(layer.Forward(tensor(RandomValues.Normal(2, 3 * inputs)).view(3, inputs)));
        }, storage: storage, gguf: gguf);

        float[] expanded = Run(LinearStorage.Expanded), compact = Run(LinearStorage.Compact);

        Assert.Equal(expanded, compact);
        Assert.All(expanded, v => Assert.True(float.IsFinite(v)));
        // and both are the product with the decoded bytes
        float[] values = new float[outputs * inputs];
        TensorDecoder.Decode(type, bytes, values);
        float[] x = RandomValues.Normal(2, 3 * inputs), bias = RandomValues.Normal(1, outputs);
        for (int row = 0; row < 3; row++)
        {
            for (int o = 0; o < outputs; o++)
            {
                double sum = bias[o], size = 0;
                for (int i = 0; i < inputs; i++)
                {
                    sum += (double)x[row * inputs + i] * values[o * inputs + i];
                    size += Math.Abs((double)x[row * inputs + i] * values[o * inputs + i]);
                }
                Assert.Equal(sum, expanded[row * outputs + o], 1e-5 * (1 + size));
            }
        }
    }

    [Fact]
    public void Compact_layers_keep_only_the_bias_in_memory()
    {
        var content = new FileContent().Add("a.weight", StorageType.BF16, [4, 8], RandomValues.Normal(1, 32)).Add("a.bias", [4], new float[4]);
        using var folder = new TestFolder();
        using var file = TensorFiles.Open(content.WriteSafetensors(folder.At("file.safetensors")));
        long Resident(LinearStorage storage)
        {
            using var loaded = CheckpointWeights.Load(
                new WeightSource(file), WeightMap.Identity("test"), LoadOptions.Cpu with { Storage = storage }, "test network", w => w.Linear("a", 8, 4));
            return loaded.ResidentBytes;
        }

        Assert.Equal(4 * 4, Resident(LinearStorage.Compact));
        Assert.Equal(4 * 4 + 4 * 8 * 4, Resident(LinearStorage.Expanded));
    }

    [Fact]
    public void Stacked_parts_lie_under_one_another()
    {
        var content = new FileContent().Add("q.weight", [1, 2], 1, 2).Add("k.weight", [2, 2], 3, 4, 5, 6).Add("v.weight", [1, 2], 7, 8);

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], Loading.Parameter(content, "qkv.weight", [4, 2], Stacked));
    }

    [Fact]
    public void Stacked_parts_may_be_of_different_storage_types()
    {
        var content = new FileContent()
            .Add("q.weight", StorageType.BF16, [1, 32], RandomValues.Normal(1, 32))
            .Add("k.weight", StorageType.F16, [2, 32], RandomValues.Normal(2, 64))
            .Add("v.weight", StorageType.F8E4M3, [1, 32], RandomValues.Normal(3, 32));
        float[] expected = [.. content["q.weight"].Values(), .. content["k.weight"].Values(), .. content["v.weight"].Values()];

        Assert.Equal(expected, Loading.Parameter(content, "qkv.weight", [4, 32], Stacked));
        Assert.Equal(expected, Loading.Weight(content, "qkv", 32, 4, Stacked, LinearStorage.Compact));
    }

    [Fact]
    public void Stacked_parts_of_a_gguf_file_may_mix_blocks_and_floats()
    {
        var content = new FileContent()
            .Add("q.weight", StorageType.Q8_0, [1, 32], RandomValues.Normal(1, 32))
            .Add("k.weight", StorageType.F32, [1, 32], RandomValues.Normal(2, 32))
            .Add("v.weight", StorageType.Q4_0, [2, 32], RandomValues.Normal(3, 64));

        Assert.Equal(
            [.. content["q.weight"].Values(), .. content["k.weight"].Values(), .. content["v.weight"].Values()],
            Loading.Parameter(content, "qkv.weight", [4, 32], Stacked, gguf: true));
    }

    [Fact]
    public void Swapped_halves_change_places()
    {
        var content = new FileContent().Add("swapped.weight", [4, 2], 1, 2, 3, 4, 5, 6, 7, 8).Add("swapped.bias", [4], 1, 2, 3, 4);

        Assert.Equal([5, 6, 7, 8, 1, 2, 3, 4], Loading.Parameter(content, "mod.weight", [4, 2], Stacked));
        Assert.Equal([3, 4, 1, 2], Loading.Parameter(content, "mod.bias", [4], Stacked));
        Assert.Equal([5, 6, 7, 8, 1, 2, 3, 4], Loading.Weight(content, "mod", 2, 4, Stacked));
    }

    [Fact]
    public void The_first_alternative_that_the_file_has_is_taken()
    {
        Assert.Equal([2f], Loading.Parameter(new FileContent().Add("norm.weight", [1], 2), "norm.scale", [1], Stacked));
        Assert.Equal([1f], Loading.Parameter(new FileContent().Add("norm.weight", [1], 2).Add("norm.scale", [1], 1), "norm.scale", [1], Stacked));
    }

    [Fact]
    public void One_by_one_convolutions_and_matrices_stand_for_each_other()
    {
        float[] values = [1, 2, 3, 4, 5, 6];

        Assert.Equal(values, Loading.Weight(new FileContent().Add("a.weight", [2, 3, 1, 1], values), "a", 3, 2));
        Assert.Equal(values, Loading.Parameter(new FileContent().Add("a.weight", [2, 3], values), "a.weight", [2, 3, 1, 1]));
    }

    [Fact]
    public void Other_shapes_with_as_many_elements_are_refused()
    {
        foreach (long[] shape in new long[][] { [3, 2], [6], [2, 3, 2], [1, 2, 3], [2, 1, 3] })
        {
            var content = new FileContent().Add("a.weight", shape, new float[shape.Aggregate(1L, (a, b) => a * b)]);
            Refusal.Of("weights_mismatch", () => Loading.Weight(content, "a", 3, 2));
        }
    }

    [Fact]
    public void Any_dialect_gives_the_canonical_values_back() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[1, 5], Gen.Int[1, 5], Gen.Int[0, 1000]).Sample(
            (rows, columns, halves, seed) =>
            {
                var canonical = new FileContent()
                    .Add("qkv.weight", [2 * rows + halves, columns], RandomValues.Normal(seed, (2 * rows + halves) * columns))
                    .Add("mod.weight", [2 * halves, columns], RandomValues.Normal(seed + 1, 2 * halves * columns))
                    .Add("norm.scale", [columns], RandomValues.Normal(seed + 2, columns));
                var stored = canonical.InDialect(Stacked, stackedRows: rows);
                return canonical.Tensors.All(t => Loading.Parameter(stored, t.Key, t.Value.Shape, Stacked).SequenceEqual(t.Value.Values()));
            },
            iter: 30,
            threads: 1);
}
