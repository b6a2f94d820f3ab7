using Gesso.Formats;
using Gesso.Models.T5;
using Gesso.Testing;
using Gesso.Torch.Weights;

namespace Gesso.Models.Tests.T5;

public sealed class T5WeightMapTests
{
    private static readonly TinyModel Tiny = new();
    private static readonly int[] Ids = [4, 5, 9, 1, 0, 0];

    [Theory]
    [InlineData(StorageType.F32)]
    [InlineData(StorageType.F16)]
    public void Llama_cpp_names_hold_the_same_encoder(StorageType type)
    {
        using var leaks = new LeakCheck();
        var llama = Tiny.T5Weights().InDialect(T5WeightMaps.LlamaCpp).Stored(type);
        Assert.All(llama.Tensors.Keys, n => Assert.True(n.StartsWith("enc.", StringComparison.Ordinal) || n == "token_embd.weight", $"{n} is no name of llama.cpp"));

        Assert.Equal(States(Tiny.T5Weights()), States(llama, gguf: true), (a, b) => Math.Abs(a - b) < 1e-2);
    }

    [Fact]
    public void The_embedding_may_have_its_second_name()
    {
        var second = Tiny.T5Weights().Renamed(n => n == "shared.weight" ? "encoder.embed_tokens.weight" : n);

        Assert.Equal(States(Tiny.T5Weights()), States(second));
    }

    [Fact]
    public void What_the_encoder_does_not_use_is_ignored()
    {
        var more = Tiny.T5Weights().Add("encoder.embed_tokens.weight", [1], 0).Add("lm_head.weight", [1], 0).Add("spiece_model", [1], 0).Add("decoder.x.weight", [1], 0);

        Assert.Equal(States(Tiny.T5Weights()), States(more));
        Refusal.Of("weights_mismatch", () => States(Tiny.T5Weights().Add("encoder.other.weight", [1], 0)));
    }

    [Fact]
    public void Sizes_of_a_file_are_found_in_both_dialects()
    {
        var expected = Tiny.T5;
        using var transformers = new OpenFile(Tiny.T5Weights());
        using var llama = new OpenFile(Tiny.T5Weights().InDialect(T5WeightMaps.LlamaCpp));

        Assert.Equal(expected, Sizes(transformers.File));
        Assert.Equal(expected, Sizes(llama.File));
    }

    [Fact]
    public void A_file_that_is_no_T5_is_refused_by_the_first_thing_it_lacks()
    {
        using var clip = new OpenFile(Tiny.ClipWeights());

        Assert.Contains("shared.weight", Refusal.Of("not_a_t5", () => Sizes(clip.File)));
    }

    private static T5Config Sizes(ITensorFile file)
    {
        var source = new WeightSource(file);
        return T5Config.FromTensors(source, T5WeightMaps.For(source));
    }

    private static float[] States(FileContent content, bool gguf = false)
    {
        using var network = new Network<T5Encoder>(content, T5WeightMaps.For, w => new T5Encoder(Tiny.T5, w), gguf, T5WeightMaps.Ignorable);
        using var states = network.Value.Forward(Ids);
        Assert.Equal([1, Ids.Length, Tiny.T5.Width], states.shape);
        return states.data<float>().ToArray();
    }
}
