using CsCheck;
using Gesso.Testing;
using Gesso.Training.Optimizers;

namespace Gesso.Training.Tests.Optimizers;

public sealed class LearningRateTests
{
    private static readonly LearningRate Rate = new() { Peak = 2e-4, Warmup = 10 };

    [Theory]
    [InlineData(RateSchedule.Constant, 0, 2e-4)]
    [InlineData(RateSchedule.Constant, 55, 2e-4)]
    [InlineData(RateSchedule.ConstantWithWarmup, 5, 1e-4)]
    [InlineData(RateSchedule.ConstantWithWarmup, 99, 2e-4)]
    [InlineData(RateSchedule.Linear, 0, 0)]
    [InlineData(RateSchedule.Linear, 10, 2e-4)]
    [InlineData(RateSchedule.Linear, 55, 1e-4)]
    [InlineData(RateSchedule.Linear, 100, 0)]
    [InlineData(RateSchedule.Cosine, 55, 1e-4)]
    [InlineData(RateSchedule.Cosine, 100, 0)]
    [InlineData(RateSchedule.CosineWithRestarts, 55, 2e-4)]
    [InlineData(RateSchedule.Polynomial, 55, 0.5e-4)]
    public void Rates_follow_their_curves(RateSchedule schedule, int step, double expected)
    {
        var rate = Rate with { Schedule = schedule, Cycles = 2, Power = 2 };

        Assert.Equal(expected, rate.Validate().At(step, 100), 1e-12);
    }

    [Fact]
    public void A_warm_up_below_one_is_a_share_of_the_run() =>
        Assert.Equal((Rate with { Schedule = RateSchedule.Cosine }).At(7, 100), (Rate with { Schedule = RateSchedule.Cosine, Warmup = 0.1 }).At(7, 100));

    [Fact]
    public void No_rate_is_outside_of_zero_to_peak_and_none_falls_below_its_floor() => Gen.Select(
        Gen.Enum<RateSchedule>(), Gen.Int[1, 400], Gen.Int[0, 400], Gen.Double[0, 0.9]).Sample((schedule, steps, step, floor) =>
    {
        var rate = Rate with { Schedule = schedule, FloorRatio = floor, Cycles = 3 };
        double now = rate.At(step, steps);
        return now >= 0 && now <= rate.Peak * (1 + 1e-12) && (step < 10 || now >= floor * rate.Peak * (1 - 1e-12));
    });

    [Fact]
    public void A_rate_of_nothing_is_refused() =>
        Assert.Contains("Learning rate: expected more than 0, got 0", Refusal.Of("out_of_range", () => new LearningRate { Peak = 0 }.Validate()));
}
