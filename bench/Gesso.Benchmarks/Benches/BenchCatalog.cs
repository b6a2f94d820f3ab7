using Gesso.Benchmarks.Reporting;
using Gesso.Contracts.Errors;

namespace Gesso.Benchmarks.Benches;

/// <summary>One question, answered by measuring.</summary>
internal interface IBench
{
    string Name { get; }

    /// <summary>What is asked, in a sentence.</summary>
    string Question { get; }

    BenchResult Run(BenchArguments arguments);
}

internal static class BenchCatalog
{
    // mini is first: it measures how long libtorch takes to load, which happens once a process
    private static readonly IBench[] All = [new MiniBench(), new StartupBench(), new BlocksBench(), new StepBench(), new DequantBench(), new AdaptersBench(), new TextBench(), new TrainBench(), new ServeBench(), new QueueBench(), new SoakBench()];

    // style needs art, typography fonts and OCR engines; both need half an hour and more
    private static readonly IBench[] OnlyByName = [new StyleBench(), new TypographyBench()];

    public static IReadOnlyList<IBench> Select(string name)
    {
        if (name == "all")
            return All;
        return Array.Find([.. All, .. OnlyByName], b => b.Name == name) is { } bench
            ? [bench]
            : throw GessoException.Invalid("unknown_bench", $"There is no bench {name}.\n{BenchArguments.Usage}");
    }
}
