using Gesso.Benchmarks.Benches;
using Gesso.Benchmarks.Measuring;

namespace Gesso.Benchmarks.Reporting;

/// <param name="Title">Heading.</param>
/// <param name="Columns">First column left-aligned, the others right-aligned.</param>
/// <param name="Rows">Cells as they are printed.</param>
internal sealed record ResultTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>A measured value against what was promised.</summary>
/// <param name="What">The value in words.</param>
/// <param name="Value">As measured.</param>
/// <param name="Bound">As promised.</param>
/// <param name="Direction">Which side of the bound is good.</param>
internal sealed record Target(string What, double Value, double Bound, TargetDirection Direction)
{
    public bool Met => Direction == TargetDirection.AtLeast ? Value >= Bound : Value <= Bound;
}

internal enum TargetDirection
{
    AtLeast,
    AtMost,
}

/// <summary>What a bench found out.</summary>
internal sealed record BenchResult
{
    /// <summary>How it was measured and what the words in the tables mean; one paragraph each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public required IReadOnlyList<ResultTable> Tables { get; init; }

    public required IReadOnlyList<Target> Targets { get; init; }

    /// <summary>Every single time, for those who want other statistics.</summary>
    public required IReadOnlyList<Samples> Samples { get; init; }
}

/// <summary>A result with everything needed to judge and repeat it.</summary>
internal sealed record BenchReport
{
    public BenchReport(IBench bench, BenchArguments arguments, MachineFacts before, BenchResult result)
    {
        Bench = bench.Name;
        Question = bench.Question;
        Command = arguments.CommandFor(bench.Name);
        Rounds = arguments.Repeat;
        Machine = before.After(arguments.Threads);
        Result = result;
    }

    public string Bench { get; }

    public string Question { get; }

    public string Command { get; }

    public int Rounds { get; }

    public MachineFacts Machine { get; }

    public BenchResult Result { get; }
}
