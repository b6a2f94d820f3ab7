using CsCheck;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Latents;
using Gesso.Diffusion.Samplers;
using Gesso.Diffusion.Schedules;
using Gesso.Testing;
using static TorchSharp.torch;

namespace Gesso.Diffusion.Tests.Samplers;

public sealed class SamplerTests
{
    private static readonly Gen<double?> Mu = Gen.OneOf(Gen.Const((double?)null), Gen.Double[-1, 2].Select(m => (double?)m));

    public static TheoryData<string> All => [.. SamplerCatalog.Names];

    public static TheoryData<string> Deterministic => [.. SamplerCatalog.Names.Where(n => n != SamplerCatalog.EulerAncestral)];

    [Theory]
    [MemberData(nameof(Deterministic))]
    public void A_straight_path_is_followed_exactly(string name) => Gen.Select(Gen.Int[1, 24], Mu, Gen.Double[0.05, 1], Gen.Int[0, 10_000]).Sample(
        (steps, mu, strength, seed) =>
        {
            using var leaks = new LeakCheck();
            using var scope = NewDisposeScope();
            var schedule = FlowSchedule.Create(steps, mu).From(strength);
            var picture = tensor(RandomValues.Normal(seed, 6));
            var noise = tensor(RandomValues.Normal(seed + 1, 6));
            double first = schedule.Sigmas[0];
            using var sampler = AnalyticFields.Create(name, schedule);

            var end = AnalyticFields.Run(sampler, noise.mul(first).add(picture, 1 - first), (_, _) => noise.sub(picture));

            // samplers hold σ 1e-6 below 1, and f32 has 1e-7
            Assert.True((end - picture).abs().max().item<float>() < 1e-5, $"{name} misses by {(end - picture).abs().max().item<float>():E1}");
        },
        iter: 60,
        threads: 1);

    [Theory]
    [MemberData(nameof(All))]
    public void A_single_picture_is_found_from_any_noise(string name) => Gen.Select(Gen.Int[1, 24], Mu, Gen.Int[0, 10_000]).Sample(
        (steps, mu, seed) =>
        {
            using var leaks = new LeakCheck();
            using var scope = NewDisposeScope();
            var picture = tensor(RandomValues.Normal(seed, 6));
            using var sampler = AnalyticFields.Create(name, FlowSchedule.Create(steps, mu));

            var end = AnalyticFields.Run(sampler, tensor(RandomValues.Normal(seed + 1, 6)), (x, sigma) => x.sub(picture).div(sigma));

            Assert.True((end - picture).abs().max().item<float>() < 1e-5);
        },
        iter: 60,
        threads: 1);

    [Theory]
    [InlineData(SamplerCatalog.Euler, 0.9, 1.3)]
    [InlineData(SamplerCatalog.Dpmpp2M, 1.8, 3.0)]
    [InlineData(SamplerCatalog.UniPc, 1.8, 4.0)]
    public void Errors_on_a_curved_path_fall_with_the_order_of_the_method(string name, double least, double most)
    {
        using var scope = NewDisposeScope();
        var data = new AnalyticFields.Gaussian(0.7, 0.5);
        double Error(int steps)
        {
            // Equal parts of λ = ln((1−σ)/σ), in which the order is defined, and f64, so that rounding does not hide it. The last step goes
            // from a fixed level to 0 whatever the count, so the error is taken before it.
            float[] sigmas = [.. Enumerable.Range(0, steps + 1).Select(i => (float)(1 / (1 + Math.Exp(-2 + 5.0 * i / steps)))), 0];
            var noise = tensor(new[] { -1.5, -0.3, 0.4, 2.0 });
            using var sampler = AnalyticFields.Create(name, FlowSchedule.FromSigmas(sigmas));
            double error = 0;
            AnalyticFields.Run(sampler, data.Solution(noise, sigmas[0]), data.Velocity, (x, sigma) =>
            {
                if (sigma > 0)
                    error = (x - data.Solution(noise, sigma)).abs().max().item<double>();
            });
            return error;
        }

        double order = Math.Log(Error(16) / Error(64)) / Math.Log(4);

        Assert.True(order >= least && order <= most, $"{name} has order {order:0.00} ({Error(16):E2} to {Error(64):E2})");
    }

    [Fact]
    public void The_multistep_methods_are_closer_than_Euler()
    {
        using var scope = NewDisposeScope();
        var data = new AnalyticFields.Gaussian(-0.4, 0.6);
        var noise = tensor(RandomValues.Normal(3, 50));
        double Error(string name)
        {
            using var sampler = AnalyticFields.Create(name, FlowSchedule.Create(20, 0.8));
            return (AnalyticFields.Run(sampler, noise, data.Velocity) - data.Solution(noise, 0)).abs().max().item<float>();
        }

        Assert.True(Error(SamplerCatalog.Dpmpp2M) < Error(SamplerCatalog.Euler) / 2);
        Assert.True(Error(SamplerCatalog.UniPc) < Error(SamplerCatalog.Euler) / 2);
    }

    [Fact]
    public void Ancestral_without_noise_is_Euler() => Gen.Select(Gen.Int[1, 30], Mu, Gen.Int[0, 10_000]).Sample(
        (steps, mu, seed) =>
        {
            using var leaks = new LeakCheck();
            using var scope = NewDisposeScope();
            var data = new AnalyticFields.Gaussian(0.5, 0.8);
            var noise = tensor(RandomValues.Normal(seed, 20));
            var schedule = FlowSchedule.Create(steps, mu);
            using var ancestral = new EulerAncestralSampler(schedule, _ => throw new InvalidOperationException("no noise is asked for"), eta: 0);
            using var euler = new EulerSampler(schedule);

            var difference = AnalyticFields.Run(ancestral, noise, data.Velocity) - AnalyticFields.Run(euler, noise, data.Velocity);

            Assert.True(difference.abs().max().item<float>() < 1e-5);
        },
        iter: 40,
        threads: 1);

    [Theory]
    [InlineData(0.8, 0.0)]
    [InlineData(-0.5, 0.3)]
    [InlineData(0.5, 1.0)]
    public void Ancestral_keeps_mean_and_variance_of_every_level(double mean, double deviation)
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        const int samples = 20_000;
        var data = new AnalyticFields.Gaussian(mean, deviation);
        using var source = new NoiseSource(new Seed(5), ParityMode.Diffusers);
        using var sampler = new EulerAncestralSampler(FlowSchedule.Create(250, 0.5), shape => source.Draw(shape), eta: 1);
        int levels = 0;

        using var end = AnalyticFields.Run(sampler, source.Draw(samples), data.Velocity, (x, sigma) =>
        {
            // 20,000 draws know a mean to 0.7 % and a variance to 1 % of σ; the rest is the error of the steps
            double variance = data.Variance(sigma);
            Assert.Equal((1 - sigma) * mean, x.mean().item<float>(), 0.04);
            Assert.Equal(variance, x.var().item<float>(), 0.07 * variance + 1e-3);
            levels++;
        });

        Assert.Equal(250, levels);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Times_are_rounded_only_where_the_reference_does(string name)
    {
        var schedule = FlowSchedule.Create(7, 0.9);
        using var rounded = SamplerCatalog.Create(name, schedule, wholeTimesteps: true, shape => zeros(shape));
        using var exact = SamplerCatalog.Create(name, schedule, wholeTimesteps: false, shape => zeros(shape));
        bool multistep = name is SamplerCatalog.Dpmpp2M or SamplerCatalog.UniPc;
        for (int i = 0; i < schedule.Steps; i++)
        {
            Assert.Equal(schedule.Sigmas[i], exact.Time(i));
            Assert.Equal(multistep ? MathF.Floor(schedule.Sigmas[i] * 1000) / 1000 : schedule.Sigmas[i], rounded.Time(i));
            Assert.Equal(schedule.Sigmas[i], rounded.Sigma(i));
        }
        Assert.Equal(0, exact.Sigma(schedule.Steps));
    }

    [Fact]
    public void An_unknown_sampler_is_refused_with_those_that_exist()
    {
        string message = Refusal.Of("unknown_sampler", () => SamplerCatalog.Validate("ddim"));

        Assert.Contains("\"ddim\"", message);
        Assert.All(SamplerCatalog.Names, n => Assert.Contains(n, message));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void History_of_another_method_is_refused(string name)
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        using var sampler = AnalyticFields.Create(name, FlowSchedule.Create(5, null));

        string message = Refusal.Of("checkpoint_mismatch", () => sampler.Restore(3, new Dictionary<string, Tensor> { ["slope"] = ones(3) }));

        Assert.Contains("[slope]", message);
        Assert.Empty(sampler.History);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_sampler_abandoned_half_way_leaves_nothing(string name)
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        var sampler = AnalyticFields.Create(name, FlowSchedule.Create(5, null));
        var x = ones(3);
        for (int i = 0; i < 3; i++)
            x = sampler.Step(i, x, ones(3));
        sampler.Dispose();
        sampler.Dispose();
    }
}
