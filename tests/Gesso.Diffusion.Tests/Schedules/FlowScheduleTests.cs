using CsCheck;
using Gesso.Diffusion.Schedules;
using Gesso.Testing;

namespace Gesso.Diffusion.Tests.Schedules;

public sealed class FlowScheduleTests
{
    private static readonly Gen<double?> Mu = Gen.OneOf(Gen.Const((double?)null), Gen.Double[-2, 4].Select(m => (double?)m));

    [Fact]
    public void Levels_fall_from_one_to_zero() => Gen.Select(Gen.Int[1, 300], Mu).Sample((steps, mu) =>
    {
        var schedule = FlowSchedule.Create(steps, mu);
        var sigmas = schedule.Sigmas;
        return schedule.Steps == steps && sigmas.Count == steps + 1 && sigmas[0] == 1 && sigmas[^1] == 0 && sigmas.Zip(sigmas.Skip(1), (a, b) => a > b).All(falls => falls);
    });

    [Fact]
    public void Without_a_shift_levels_are_in_equal_parts() => Gen.Int[1, 300].Sample(steps =>
        FlowSchedule.Create(steps, null).Sigmas.Select((s, i) => Math.Abs(s - (1 - (double)i / steps)) < 1e-6).All(same => same));

    [Fact]
    public void A_positive_shift_moves_every_inner_level_up() => Gen.Select(Gen.Int[2, 100], Gen.Double[0.01, 4]).Sample((steps, mu) =>
    {
        var plain = FlowSchedule.Create(steps, null).Sigmas;
        var shifted = FlowSchedule.Create(steps, mu).Sigmas;
        return Enumerable.Range(1, steps - 1).All(i => shifted[i] > plain[i]);
    });

    [Fact]
    public void Shifts_add_up() => Gen.Select(Gen.Double[0.001, 0.999], Gen.Double[-3, 3], Gen.Double[-3, 3]).Sample((sigma, a, b) =>
        Math.Abs(FlowSchedule.Shift(FlowSchedule.Shift(sigma, a), b) - FlowSchedule.Shift(sigma, a + b)) < 1e-12
        && Math.Abs(FlowSchedule.Shift(sigma, 0) - sigma) < 1e-12);

    [Fact]
    public void From_keeps_the_end_of_the_schedule() => Gen.Select(Gen.Int[1, 100], Gen.Double[0.001, 1], Mu).Sample((steps, strength, mu) =>
    {
        var whole = FlowSchedule.Create(steps, mu);
        var rest = whole.From(strength);
        // diffusers: int(max(steps − min(steps · strength, steps), 0)) are skipped
        int skipped = (int)Math.Max(steps - Math.Min(steps * strength, steps), 0);
        return rest.Steps == steps - skipped && rest.Steps >= 1 && rest.Sigmas.SequenceEqual(whole.Sigmas.Skip(skipped));
    });

    [Theory]
    [InlineData(4, 1, 4)]
    [InlineData(4, 0.75, 3)]
    [InlineData(4, 0.6, 3)]
    [InlineData(4, 0.5, 2)]
    [InlineData(4, 0.01, 1)]
    [InlineData(28, 0.6, 17)]
    [InlineData(1, 0.3, 1)]
    public void From_runs_the_share_of_steps_rounded_up(int steps, double strength, int expected)
    {
        Assert.Equal(expected, FlowSchedule.Create(steps, 0.5).From(strength).Steps);
    }

    [Fact]
    public void From_refuses_a_strength_without_steps()
    {
        string message = Refusal.Of("strength_too_low", () => FlowSchedule.Create(4, null).From(0));

        Assert.Contains("Strength 0 leaves none of the 4 steps", message);
        Assert.Contains("0.25", message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void Create_refuses_less_than_one_step(int steps)
    {
        Assert.Contains($"got {steps}", Refusal.Of("bad_steps", () => FlowSchedule.Create(steps, null)));
        Refusal.Of("bad_steps", () => FlowSchedule.CreateTail(10, steps, null));
    }

    [Fact]
    public void Tail_is_the_end_of_the_longer_schedule() => Gen.Select(Gen.Int[1, 60], Gen.Int[0, 60], Mu).Sample((steps, more, mu) =>
    {
        var tail = FlowSchedule.CreateTail(steps + more, steps, mu).Sigmas;
        var longer = FlowSchedule.Create(steps + more, mu).Sigmas.Skip(more).ToArray();
        return tail.Count == steps + 1 && tail.Zip(longer, (a, b) => Math.Abs(a - b) < 1e-6f).All(same => same);
    });

    [Fact]
    public void Tail_of_an_endless_schedule_takes_no_memory()
    {
        var tail = FlowSchedule.CreateTail(int.MaxValue, 4, 1.15).Sigmas;

        Assert.Equal(5, tail.Count);
        Assert.InRange(tail[0], 1e-9, 1e-7);
        Assert.True(tail.Zip(tail.Skip(1), (a, b) => a > b).All(falls => falls));
    }

    [Fact]
    public void Given_levels_are_taken_as_they_are()
    {
        float[] sigmas = [0.9f, 0.5f, 0.1f, 0];

        Assert.Equal(sigmas, FlowSchedule.FromSigmas(sigmas).Sigmas);
        Assert.Equal(3, FlowSchedule.FromSigmas(sigmas).Steps);
    }

    public static TheoryData<float[]> BadSigmas => new(
        [], [0f], [1f], [1f, 0.5f], [0.5f, 0.6f, 0], [0.5f, 0.5f, 0], [1.1f, 0.5f, 0], [1f, -0.5f, 0], [1f, float.NaN, 0], [float.NaN, 0]);

    [Theory]
    [MemberData(nameof(BadSigmas))]
    public void Given_levels_that_do_not_fall_to_zero_are_refused(float[] sigmas)
    {
        Assert.Contains(string.Join(", ", sigmas), Refusal.Of("bad_sigmas", () => FlowSchedule.FromSigmas(sigmas)));
    }
}
