using Gesso.Testing;
using Gesso.Training.Optimizers;
using static TorchSharp.torch;

namespace Gesso.Training.Tests.Optimizers;

public sealed class OptimizerTests
{
    private static readonly (int Rows, int Columns)[] Shapes = [(2, 5), (6, 3), (4, 4)];

    private static int Total => Shapes.Sum(s => s.Rows * s.Columns);

    public static TheoryData<OptimizerKind> Kinds => new(Enum.GetValues<OptimizerKind>());

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Steps_are_the_formulas_of_the_paper(OptimizerKind kind)
    {
        using var leaks = new LeakCheck();
        double[] start = Values(10);
        using var set = Set(start);
        using var optimizer = new OptimizerPlan { Kind = kind, WeightDecay = 0.05 }.Validate().Create(set);
        var plain = new PlainOptimizers(kind, start, Shapes, 0.05);
        double rate = kind == OptimizerKind.Prodigy ? 1 : 0.01;

        for (int step = 0; step < 12; step++)
        {
            double[] gradient = Values(100 + step);
            SetGradients(set, gradient);
            optimizer.Step(rate);
            plain.Step(gradient, rate);

            AssertClose(plain.X, set.Values, $"{kind}, step {step}");
        }
        using var deployed = zeros_like(set.Values);
        optimizer.CopyDeployed(deployed);
        AssertClose(kind == OptimizerKind.ScheduleFreeAdamW ? plain.Average : plain.X, deployed, $"{kind}, deployed");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_convex_bowl_is_descended(OptimizerKind kind)
    {
        using var set = Set(Values(10));
        using var optimizer = new OptimizerPlan { Kind = kind, WeightDecay = 0 }.Create(set);
        using var goal = tensor(Values(77).Select(v => (float)v).ToArray());
        using var deployed = zeros_like(set.Values);
        double Distance()
        {
            using var scope = NewDisposeScope();
            optimizer.CopyDeployed(deployed);
            return (deployed - goal).square().sum().item<float>();
        }
        double before = Distance();

        for (int step = 0; step < 400; step++)
        {
            using var scope = NewDisposeScope();
            using var still = no_grad();
            set.Gradients.copy_((set.Values - goal) * 2);
            double rate = kind switch
            {
                OptimizerKind.Prodigy => 1,
                OptimizerKind.Lion => 0.02,
                OptimizerKind.Muon => 0.15,
                _ => 0.05,
            };
            optimizer.Step(rate * (kind is OptimizerKind.ScheduleFreeAdamW or OptimizerKind.Prodigy ? 1 : 1 - step / 400.0));
        }

        Assert.True(Distance() < 0.01 * before, $"{kind}: from {before:F3} to {Distance():F3}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Recalled_memory_goes_on_to_the_same_bits(OptimizerKind kind)
    {
        using var leaks = new LeakCheck();
        using var whole = Set(Values(10));
        using var first = new OptimizerPlan { Kind = kind }.Create(whole);
        Run(whole, first, 0, 4);
        using var other = Set(Values(11));
        using var second = new OptimizerPlan { Kind = kind }.Create(other);
        using (no_grad())
            other.Values.copy_(whole.Values);
        second.Recall(new OptimizerMemory(first.Memory.Tensors, new Dictionary<string, double>(first.Memory.Numbers)));

        Run(whole, first, 4, 9);
        Run(other, second, 4, 9);

        Assert.Equal(whole.Values.data<float>().ToArray(), other.Values.data<float>().ToArray());
    }

    [Fact]
    public void Memory_of_another_optimiser_is_refused()
    {
        using var set = Set(Values(10));
        using var adam = new OptimizerPlan().Create(set);
        using var lion = new OptimizerPlan { Kind = OptimizerKind.Lion }.Create(set);

        Assert.Contains("another optimiser", Refusal.Of("state_mismatch", () => lion.Recall(adam.Memory)));
    }

    [Fact]
    public void Prodigys_distance_grows_to_that_of_the_goal()
    {
        using var set = Set(Values(10));
        using var optimizer = new Prodigy(set);
        for (int step = 0; step < 200; step++)
        {
            using var scope = NewDisposeScope();
            using var still = no_grad();
            set.Gradients.copy_(set.Values - 3);
            optimizer.Step(1);
        }

        Assert.InRange(optimizer.Distance, 0.01, 30);
    }

    [Fact]
    public void Gradients_of_leaves_arrive_in_the_flat_tensor_and_are_clipped_by_their_common_norm()
    {
        using var leaks = new LeakCheck();
        using var set = Set(Values(10));
        using (var scope = NewDisposeScope())
        {
            Enumerable.Range(0, Shapes.Length).Select(i => (set.Leaf($"p{i}") * (i + 1)).sum()).Aggregate((a, b) => a + b).backward();
            set.Leaf("p0").sum().backward();
        }
        double[] expected = [.. Shapes.SelectMany((s, i) => Enumerable.Repeat(i == 0 ? 2.0 : i + 1, s.Rows * s.Columns))];
        AssertClose(expected, set.Gradients, "gradients");

        double norm = set.GradientNorm();
        Assert.Equal(Math.Sqrt(expected.Sum(e => e * e)), norm, 1e-4);
        set.ClipGradients(norm, 1);
        Assert.Equal(1, set.GradientNorm(), 1e-4);
        set.ClipGradients(set.GradientNorm(), 0);
        Assert.Equal(1, set.GradientNorm(), 1e-4);

        set.ClearGradients();
        Assert.Equal(0, set.GradientNorm());
    }

    [Fact]
    public void A_change_of_the_flat_values_is_seen_by_the_leaves()
    {
        using var set = Set(Values(10));
        using (no_grad())
            set.Values.fill_(3);

        Assert.Equal(3, set.Leaf("p1").mean().item<float>());
    }

    [Fact]
    public void Averages_follow_the_weights()
    {
        using var leaks = new LeakCheck();
        using var scope = NewDisposeScope();
        using var average = new ExponentialAverage(0.75, tensor(new[] { 1f, 2f }));
        average.Update(tensor(new[] { 5f, 2f }));
        average.Update(tensor(new[] { 5f, 6f }));

        AssertClose([0.75 * (0.75 * 1 + 0.25 * 5) + 0.25 * 5, 0.75 * 2 + 0.25 * 6], average.Values, "average");
    }

    [Fact]
    public void A_set_of_nothing_is_refused() => Refusal.Of("nothing_to_train", () => new ParameterSet([], CPU).Dispose());

    [Fact]
    public void Muon_refuses_vectors()
    {
        using var set = new ParameterSet([("vector", [4])], CPU);

        Assert.Contains("vector", Refusal.Of("not_a_matrix", () => new Muon(set).Dispose()));
    }

    private static void Run(ParameterSet set, IOptimizer optimizer, int from, int to)
    {
        for (int step = from; step < to; step++)
        {
            SetGradients(set, Values(100 + step));
            optimizer.Step(0.01);
        }
    }

    private static ParameterSet Set(double[] values)
    {
        var set = new ParameterSet(Shapes.Select((s, i) => ($"p{i}", new long[] { s.Rows, s.Columns })), CPU);
        using var still = no_grad();
        using var given = tensor(values.Select(v => (float)v).ToArray());
        set.Values.copy_(given);
        return set;
    }

    private static void SetGradients(ParameterSet set, double[] values)
    {
        using var still = no_grad();
        using var given = tensor(values.Select(v => (float)v).ToArray());
        set.Gradients.copy_(given);
    }

    private static double[] Values(int seed) => [.. RandomValues.Normal(seed, Total).Select(v => (double)v)];

    private static void AssertClose(double[] expected, Tensor actual, string what)
    {
        float[] values = actual.data<float>().ToArray();
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - values[i]) <= 2e-5 * Math.Max(1, Math.Abs(expected[i])), $"{what}: value {i} is {values[i]}, expected {expected[i]}");
    }
}
