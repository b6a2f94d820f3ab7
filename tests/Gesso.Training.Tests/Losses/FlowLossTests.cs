using Gesso.Testing;
using Gesso.Training.Losses;
using static TorchSharp.torch;

namespace Gesso.Training.Tests.Losses;

public sealed class FlowLossTests
{
    private static readonly double[] Levels = [0.25, 0.8];

    public static TheoryData<FlowLoss> Losses => new(
        from kind in Enum.GetValues<LossKind>()
        from schedule in Enum.GetValues<HuberSchedule>()
        from weighting in Enum.GetValues<LossWeighting>()
        select new FlowLoss { Kind = kind, HuberSchedule = schedule, Weighting = weighting });

    [Theory]
    [MemberData(nameof(Losses))]
    public void Loss_is_the_formula(FlowLoss loss)
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        float[] v = RandomValues.Normal(1, 2 * 3 * 4), target = RandomValues.Normal(2, v.Length), mask = [.. RandomValues.Normal(3, v.Length).Select(Math.Abs)];

        var result = loss.PerPicture(Of(v), Of(target), Levels, Of(mask));

        for (int picture = 0; picture < 2; picture++)
        {
            double s = Levels[picture], c = loss.HuberSchedule == HuberSchedule.Constant ? 0.1 : Math.Pow(0.1, s);
            double sum = 0;
            for (int i = picture * 12; i < picture * 12 + 12; i++)
            {
                double d = v[i] - target[i];
                sum += mask[i] * loss.Kind switch
                {
                    LossKind.Square => d * d,
                    LossKind.Huber => 2 * c * (Math.Sqrt(d * d + c * c) - c),
                    _ => 2 * (Math.Sqrt(d * d + c * c) - c),
                };
            }
            double weight = loss.Weighting switch
            {
                LossWeighting.SigmaSquareRoot => 1 / (s * s),
                LossWeighting.CosineMap => 2 / (Math.PI * (1 - 2 * s + 2 * s * s)),
                _ => 1,
            };
            Assert.Equal(weight * sum / 12, result[picture].item<float>(), 1e-4 * Math.Max(1, weight * sum / 12));
        }
    }

    [Fact]
    public void Noised_pictures_lie_on_the_line_to_the_noise_and_the_target_is_its_direction()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        Tensor picture = Of(RandomValues.Normal(1, 24)), noise = Of(RandomValues.Normal(2, 24)), levels = tensor(new[] { 0.25f, 1f });

        var noised = FlowLoss.Noised(picture, noise, levels);
        var target = FlowLoss.Target(picture, noise);

        Assert.True((noised - (picture + levels.view(2, 1, 1) * target)).abs().max().item<float>() < 1e-6);
        Assert.True((noised[1] - noise[1]).abs().max().item<float>() == 0);
    }

    [Fact]
    public void Masked_cells_do_not_count()
    {
        using var scope = NewDisposeScope();
        Tensor v = Of(RandomValues.Normal(1, 24)), target = Of(RandomValues.Normal(2, 24)), mask = ones_like(v);
        mask.narrow(1, 1, 2).zero_();
        var other = v.clone();
        other.narrow(1, 1, 2).add_(5);

        Assert.Equal(new FlowLoss().PerPicture(v, target, Levels, mask).data<float>().ToArray(), new FlowLoss().PerPicture(other, target, Levels, mask).data<float>().ToArray());
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        using var scope = NewDisposeScope();

        Assert.Contains("target", Refusal.Of("shape_mismatch", Contracts.Errors.ErrorKind.Bug, () => new FlowLoss().PerPicture(zeros(2, 3, 4), zeros(2, 3, 5), Levels)));
    }

    private static Tensor Of(float[] values) => tensor(values).view(2, 3, 4);
}
