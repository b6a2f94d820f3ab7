using Gesso.Benchmarks.Measuring;

namespace Gesso.Benchmarks.Benches;

/// <summary>A network against its bare arithmetic and the machine's plain product, as a line of a table.</summary>
/// <param name="What">For people: "double block".</param>
/// <param name="Tokens">Length of the sequence.</param>
/// <param name="Operations">Floating-point operations of the bare arithmetic.</param>
internal sealed record RatioRow(string What, int Tokens, double Operations, Samples Bare, Samples Ours, Samples Plain, double PlainOperations)
{
    public static IReadOnlyList<string> Columns { get; } =
        ["what", "tokens", "GFLOP", "bare ms", "(min)", "ours ms", "(min)", "bare/ours", "(min)", "bare GFLOP/s", "ours GFLOP/s", "plain GFLOP/s"];

    public static string Legend { get; } =
        "Bare: the same linear layers with the same weights (modulation included) and the same scaled_dot_product_attention, on inputs made before, nothing else. "
        + "Columns are medians; (min) is the best round. bare/ours is the median of the rounds' ratios; higher is better, 1 would be a network without norms, "
        + "modulation, rotation, activation and copies. Speeds are those of the best round, counting two operations a multiply-add of the bare arithmetic; "
        + "plain is one product tokens × 3072 × 3072 in the same rounds, the practical peak of this machine.";

    public double Ratio => Bare.RatioTo(Ours);

    public IReadOnlyList<string> Cells =>
    [
        What, $"{Tokens}", $"{Operations / 1e9:0.0}", $"{Bare.Median:0.0}", $"{Bare.Min:0.0}", $"{Ours.Median:0.0}", $"{Ours.Min:0.0}",
        $"{Ratio:0.000}", $"{Bare.MinRatioTo(Ours):0.000}", Speed(Operations, Bare), Speed(Operations, Ours), Speed(PlainOperations, Plain),
    ];

    private static string Speed(double operations, Samples samples) => $"{operations / samples.Min / 1e6:0.0}";
}
