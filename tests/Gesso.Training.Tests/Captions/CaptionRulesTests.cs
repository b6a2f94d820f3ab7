using CsCheck;
using Gesso.Testing;
using Gesso.Training.Captions;

namespace Gesso.Training.Tests.Captions;

public sealed class CaptionRulesTests
{
    private const string Caption = "tok, red, round, small, shiny";

    [Fact]
    public void What_a_step_sees_is_always_among_what_was_encoded_beforehand() => Gen.Select(
        Gen.Double[0, 1], Gen.Bool, Gen.Int[0, 6], Gen.Double[0, 1], Gen.Long[0, 1000], Gen.Long[0, 1000]).Sample((dropout, shuffle, keep, tagDropout, seed, draw) =>
    {
        var rules = new CaptionRules { Dropout = dropout, ShuffleTags = shuffle, KeepTags = keep, TagDropout = tagDropout, TagOrders = 5 }.Validate();
        return rules.All(Caption, seed).Contains(rules.At(Caption, seed, draw));
    });

    [Fact]
    public void Shuffled_captions_keep_every_tag_and_their_front()
    {
        var rules = new CaptionRules { ShuffleTags = true, KeepTags = 2, TagOrders = 20 };
        string[] all = [.. rules.All(Caption, 3)];

        Assert.True(all.Length > 3);
        Assert.All(all, text => Assert.StartsWith("tok, red, ", text));
        Assert.All(all, text => Assert.Equal(Caption.Split(", ").Order(), text.Split(", ").Order()));
    }

    [Fact]
    public void Captions_are_dropped_as_often_as_asked()
    {
        var rules = new CaptionRules { Dropout = 0.25 };

        Assert.InRange(Enumerable.Range(0, 2000).Count(i => rules.At(Caption, 0, Randomness.Mixed(1, i)).Length == 0), 430, 570);
    }

    [Theory]
    [InlineData("a red ball", "zzz, a red ball")]
    [InlineData("a ZZZ ball", "a ZZZ ball")]
    [InlineData("", "zzz")]
    public void A_trigger_is_put_before_captions_without_it(string caption, string expected) => Assert.Equal(expected, new CaptionRules { Trigger = "zzz" }.Plain(caption));

    [Fact]
    public void Prefix_and_suffix_surround_the_caption() => Assert.Equal("x y z", new CaptionRules { Prefix = "x ", Suffix = " z" }.At("y", 0, 0));

    [Fact]
    public void Shares_outside_of_zero_to_one_are_refused() => Refusal.Of("out_of_range", () => new CaptionRules { Dropout = 1.5 }.Validate());
}
