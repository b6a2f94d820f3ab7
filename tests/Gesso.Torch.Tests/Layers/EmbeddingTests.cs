using Gesso.Formats;
using Gesso.Testing;
using Gesso.Torch.Tests.Weights;

namespace Gesso.Torch.Tests.Layers;

public sealed class EmbeddingTests
{
    [Theory]
    [InlineData(StorageType.F32)]
    [InlineData(StorageType.F16)]
    [InlineData(StorageType.BF16)]
    public void Lookup_gives_the_rows_in_order(StorageType type)
    {
        using var leaks = new LeakCheck();
        float[] table = [1, 2, 3, 4, 5, 6];

        Loading.With(new FileContent().Add("t.weight", type, [3, 2], table), w => w.Embedding("t", 3, 2), embedding =>
        {
            using var rows = embedding.Lookup([2, 0, 2]);
            Assert.Equal([1, 3, 2], rows.shape);
            Assert.Equal([5, 6, 1, 2, 5, 6], Loading.Values(rows));
            return 0;
        });
    }

    [Fact]
    public void Lookup_reads_quantised_rows()
    {
        var content = new FileContent().Add("t.weight", StorageType.Q8_0, [3, 64], RandomValues.Normal(1, 3 * 64));
        float[] expected = content["t.weight"].Values()[64..128];

        float[] row = Loading.With(content, w => w.Embedding("t", 3, 64), table =>
        {
            using var rows = table.Lookup([1]);
            return Loading.Values(rows);
        }, gguf: true);

        Assert.Equal(expected, row);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void Lookup_refuses_a_token_outside_the_table(int id)
    {
        using var leaks = new LeakCheck();

        string message = Refusal.Of("token_out_of_range", () => Loading.With(
            new FileContent().Add("t.weight", [3, 2], new float[6]), w => w.Embedding("t", 3, 2), table => table.Lookup([0, id])));

        Assert.Contains($"Token {id} is outside the 3 entries", message);
        Assert.Contains("tokenizer", message);
    }
}
