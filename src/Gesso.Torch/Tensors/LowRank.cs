using Gesso.Contracts.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace Gesso.Torch.Tensors;

/// <summary>Where singular values are cut off (sd-scripts networks/resize_lora.py has the same rules). One of the members.</summary>
/// <param name="Rank">At most so many.</param>
/// <param name="Ratio">Those above the largest divided by this.</param>
/// <param name="Cumulative">As many as sum up to this share of all.</param>
/// <param name="Frobenius">As many as keep this share of the matrix's norm.</param>
public sealed record RankRule(int Rank, double? Ratio = null, double? Cumulative = null, double? Frobenius = null)
{
    public RankRule Validate()
    {
        if (Rank < 1)
            throw GessoException.Invalid("out_of_range", $"Rank: expected at least 1, got {Rank}.");
        if (Ratio is <= 1)
            throw GessoException.Invalid("out_of_range", $"Ratio: expected more than 1, got {Ratio}.");
        if (Cumulative is <= 0 or > 1 || Frobenius is <= 0 or > 1)
            throw GessoException.Invalid("out_of_range", $"Share of the singular values or of the norm: expected above 0 to 1, got {Cumulative ?? Frobenius}.");
        return this;
    }

    /// <summary>How many of these singular values stay, at least 1.</summary>
    /// <param name="values">Largest first.</param>
    internal int Keep(IReadOnlyList<float> values)
    {
        int kept = values.Count;
        if (Ratio is { } ratio)
            kept = Math.Min(kept, values.Count(s => s > values[0] / ratio));
        if (Cumulative is { } share)
            kept = Math.Min(kept, Reaching(values.Select(s => (double)s), share));
        if (Frobenius is { } norm)
            kept = Math.Min(kept, Reaching(values.Select(s => (double)s * s), norm * norm));
        return Math.Clamp(Math.Min(kept, Rank), 1, Math.Max(1, values.Count));
    }

    private static int Reaching(IEnumerable<double> parts, double share)
    {
        double[] all = [.. parts];
        double wanted = share * all.Sum(), sum = 0;
        int count = 0;
        while (count < all.Length && sum < wanted)
            sum += all[count++];
        return count;
    }
}

/// <summary>Matrices as products of two narrow ones: B·A with B [m, r] and A [r, n].</summary>
public static class LowRank
{
    /// <summary>Up to here the decomposition is exact; above, it is found by random projection, which takes a hundredth of the time at 3072 x 12288.</summary>
    private const int ExactSize = 768;
    private const int Oversampling = 16;
    private const int PowerIterations = 4;

    /// <summary>The best product of a rank (Eckart–Young): A has orthonormal rows, B the singular values.</summary>
    /// <param name="matrix">[m, n] f32</param>
    /// <param name="rule">Where to cut off; of large matrices only the first <see cref="RankRule.Rank"/> values are looked at.</param>
    /// <returns>A [r, n], B [m, r]</returns>
    public static (Tensor Down, Tensor Up) Of(Tensor matrix, RankRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Check.Shape(matrix, "matrix", -1, -1);
        using var scope = NewDisposeScope();
        var (u, s, vh) = Math.Min(matrix.shape[0], matrix.shape[1]) <= ExactSize ? linalg.svd(matrix, fullMatrices: false) : Sketched(matrix, rule.Rank);
        return Cut(scope, u, s, vh, rule);
    }

    /// <summary>The best product of a smaller rank in place of B·A; their product is never written out.</summary>
    /// <param name="down">A [r, n] f32</param>
    /// <param name="up">B [m, r] f32</param>
    /// <param name="rule">Where to cut off.</param>
    public static (Tensor Down, Tensor Up) Of(Tensor down, Tensor up, RankRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Check.Shape(up, "B of a product", -1, down.shape[0]);
        using var scope = NewDisposeScope();
        var (leftQ, leftR) = linalg.qr(up);                                                 // [m,k] [k,r]
        var (rightQ, rightR) = linalg.qr(down.t());                                         // [n,l] [l,r]
        var (u, s, vh) = linalg.svd(leftR.mm(rightR.t()), fullMatrices: false);             // of [k,l]
        return Cut(scope, leftQ.mm(u), s, vh.mm(rightQ.t()), rule);
    }

    private static (Tensor Down, Tensor Up) Cut(DisposeScope scope, Tensor u, Tensor s, Tensor vh, RankRule rule)
    {
        int rank = rule.Keep(s.cpu().data<float>().ToArray());
        var up = u.narrow(1, 0, rank) * s.narrow(0, 0, rank);
        return (scope.MoveToOuter(vh.narrow(0, 0, rank).contiguous()), scope.MoveToOuter(up.contiguous()));
    }

    /// <summary>Randomised subspace iteration (Halko et al., arXiv 0909.4061, algorithms 4.4 and 5.1); the projection is the same at each call.</summary>
    private static (Tensor U, Tensor S, Tensor Vh) Sketched(Tensor matrix, int rank)
    {
        long width = Math.Min(rank + Oversampling, Math.Min(matrix.shape[0], matrix.shape[1]));
        using var generator = new Generator(0, CPU);
        var q = linalg.qr(matrix.mm(randn([matrix.shape[1], width], ScalarType.Float32, generator: generator).to(matrix.device))).Q;
        for (int i = 0; i < PowerIterations; i++)
            q = linalg.qr(matrix.mm(linalg.qr(matrix.t().mm(q)).Q)).Q;
        var (u, s, vh) = linalg.svd(q.t().mm(matrix), fullMatrices: false);
        return (q.mm(u), s, vh);
    }
}
