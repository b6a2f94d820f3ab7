using Gesso.Contracts.Errors;
using Gesso.Formats;
using Gesso.Models.Clip;
using Gesso.Testing;
using Gesso.Torch.Weights;

namespace Gesso.Models.Tests.Clip;

public sealed class ClipTextEncoderTests
{
    private const int Eos = 513;
    private static readonly TinyModel Tiny = new();

    [Fact]
    public void Names_without_text_model_hold_the_same_encoder()
    {
        using var leaks = new LeakCheck();
        var bare = Tiny.ClipWeights().InDialect(ClipWeightMaps.Bare);
        Assert.All(bare.Tensors.Keys, n => Assert.DoesNotContain("text_model", n));

        Assert.Equal(Pooled(Tiny.ClipWeights(), [512, 7, Eos, Eos]), Pooled(bare, [512, 7, Eos, Eos]));
    }

    [Fact]
    public void What_the_encoder_does_not_use_is_ignored()
    {
        var more = Tiny.ClipWeights()
            .Add("text_model.embeddings.position_ids", [1], 0).Add("logit_scale", [], 0).Add("text_projection.weight", [1], 0)
            .Add("vision_model.x.weight", [1], 0).Add("visual_projection.weight", [1], 0);

        Assert.Equal(Pooled(Tiny.ClipWeights(), [512, 7, Eos]), Pooled(more, [512, 7, Eos]));
        Refusal.Of("weights_mismatch", () => Pooled(Tiny.ClipWeights().Add("text_model.other.weight", [1], 0), [512, 7, Eos]));
    }

    [Fact]
    public void The_pooled_state_is_that_of_the_first_end()
    {
        using var network = new Network<ClipTextEncoder>(Tiny.ClipWeights(), ClipWeightMaps.Transformers, w => new ClipTextEncoder(Tiny.Clip, w));

        var (states, pooled) = network.Value.Forward([512, 7, 8, Eos, Eos, Eos], Eos);

        using (states)
        using (pooled)
        using (var third = states.select(1, 3).contiguous())
            Assert.Equal(third.data<float>().ToArray(), pooled.data<float>().ToArray());
    }

    [Fact]
    public void Tokens_after_the_end_do_not_change_the_pooled_state()
    {
        Assert.Equal(Pooled(Tiny.ClipWeights(), [512, 7, Eos, Eos]), Pooled(Tiny.ClipWeights(), [512, 7, Eos, 3]), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void More_tokens_than_positions_are_refused()
    {
        string message = Refusal.Of("too_many_tokens", ErrorKind.Bug, () => Pooled(Tiny.ClipWeights(), new int[Tiny.Clip.Positions + 1]));

        Assert.Contains($"{Tiny.Clip.Positions} tokens, got {Tiny.Clip.Positions + 1}", message);
    }

    [Fact]
    public void Sizes_of_a_file_are_found_in_both_dialects()
    {
        using var full = new OpenFile(Tiny.ClipWeights());
        using var bare = new OpenFile(Tiny.ClipWeights().InDialect(ClipWeightMaps.Bare));

        Assert.Equal(Tiny.Clip, Sizes(full.File));
        Assert.Equal(Tiny.Clip, Sizes(bare.File));
    }

    [Fact]
    public void A_file_that_is_no_Clip_is_refused_by_the_first_thing_it_lacks()
    {
        using var t5 = new OpenFile(Tiny.T5Weights());

        Assert.Contains("token_embedding", Refusal.Of("not_a_clip", () => Sizes(t5.File)));
    }

    private static ClipConfig Sizes(ITensorFile file)
    {
        var source = new WeightSource(file);
        return ClipConfig.FromTensors(source, ClipWeightMaps.For(source));
    }

    private static float[] Pooled(FileContent content, int[] ids)
    {
        using var network = new Network<ClipTextEncoder>(content, ClipWeightMaps.For, w => new ClipTextEncoder(Tiny.Clip, w), ignorable: ClipWeightMaps.Ignorable);
        var (states, pooled) = network.Value.Forward(ids, Eos);
        using (states)
        using (pooled)
            return pooled.data<float>().ToArray();
    }
}
