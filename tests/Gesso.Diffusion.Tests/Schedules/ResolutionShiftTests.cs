using System.Text.Json;
using CsCheck;
using Gesso.Diffusion.Schedules;

namespace Gesso.Diffusion.Tests.Schedules;

public sealed class ResolutionShiftTests
{
    [Fact]
    public void Linear_goes_through_both_points_and_is_not_clamped()
    {
        var shift = new ResolutionShift.Linear();

        Assert.Equal(0.5, shift.Mu(256, 4)!.Value, 1e-12);
        Assert.Equal(1.15, shift.Mu(4096, 50)!.Value, 1e-12);
        Assert.True(shift.Mu(64, 4) < 0.5);
        Assert.True(shift.Mu(8192, 4) > 1.15);
    }

    [Fact]
    public void Linear_grows_with_the_picture_and_ignores_the_steps() => Gen.Select(Gen.Int[1, 20_000], Gen.Int[1, 20_000], Gen.Int[1, 100]).Sample((a, b, steps) =>
    {
        var shift = new ResolutionShift.Linear();
        return Math.Sign(a.CompareTo(b)) == Math.Sign(shift.Mu(a, steps)!.Value.CompareTo(shift.Mu(b, 1)!.Value));
    });

    [Theory]
    [InlineData(4, 2.2912)]
    [InlineData(28, 2.1514)]
    [InlineData(50, 2.0234)]
    public void Empirical_depends_on_the_steps(int steps, double mu)
    {
        Assert.Equal(mu, new ResolutionShift.Empirical().Mu(4096, steps)!.Value, 5e-5);
    }

    [Fact]
    public void Scheduler_files_tell_the_shift()
    {
        Assert.Equal(new ResolutionShift.Linear(100, 0.4, 200, 0.9),
            Read("""{"use_dynamic_shifting": true, "base_image_seq_len": 100, "base_shift": 0.4, "max_image_seq_len": 200, "max_shift": 0.9}"""));
        Assert.Equal(new ResolutionShift.Linear(), Read("""{"use_dynamic_shifting": true, "shift": 3.0}"""));
        Assert.Equal(new ResolutionShift.Fixed(null), Read("""{"use_dynamic_shifting": false, "shift": 1.0}"""));
        Assert.Equal(new ResolutionShift.Fixed(null), Read("{}"));
        Assert.Equal(new ResolutionShift.Fixed(Math.Log(3)), Read("""{"shift": 3.0}"""));
    }

    [Fact]
    public void A_fixed_factor_is_the_formula_with_that_factor() => Gen.Select(Gen.Double[1.1, 8], Gen.Double[0.01, 1]).Sample((factor, sigma) =>
        Math.Abs(FlowSchedule.Shift(sigma, Read($$"""{"shift": {{factor}}}""").Mu(1, 1)!.Value) - factor * sigma / (1 + (factor - 1) * sigma)) < 1e-9);

    private static ResolutionShift Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return ResolutionShift.FromDiffusers(document.RootElement);
    }
}
