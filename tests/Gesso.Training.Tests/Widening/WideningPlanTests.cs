using Gesso.Training.Captions;
using Gesso.Training.Widening;

namespace Gesso.Training.Tests.Widening;

public sealed class WideningPlanTests
{
    private static readonly CaptionRules Rules = new() { Trigger = "tok" };

    [Fact]
    public void Other_things_are_called_as_the_captions_call_theirs_and_those_of_the_pictures_are_left_out() => Assert.Equal(
        ["fire engine in tok style", "pear in tok style"],
        WideningPlan.CaptionsFor(["red apple in tok style", "Taxi in tok style"], Rules, ["taxi", "fire engine", "pear", " pear ", "", "red apple"]));

    [Fact]
    public void The_trigger_stands_in_front_where_captions_have_nothing_in_common() =>
        Assert.Equal(["tok, pear"], WideningPlan.CaptionsFor(["an apple", "a taxi at night"], Rules, ["pear"]));

    [Fact]
    public void One_caption_says_nothing_about_the_others() => Assert.Equal(["tok, pear"], WideningPlan.CaptionsFor(["apple"], Rules, ["pear"]));
}
