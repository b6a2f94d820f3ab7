using System.Diagnostics;

namespace Gesso.Benchmarks.Measuring;

/// <summary>Something to time.</summary>
internal readonly record struct Work(string Name, Action Run);

/// <summary>
/// Times several pieces of work in turn, A B C A B C …, after one round that is not counted (page faults, JIT, clocks). Ratios between them
/// then hold on a machine whose speed drifts, which ratios between two separate runs do not.
/// </summary>
internal static class Interleaved
{
    public static IReadOnlyList<Samples> Run(string title, int repeat, params IReadOnlyList<Work> works)
    {
        var times = works.Select(_ => new List<double>(repeat)).ToArray();
        for (int round = 0; round <= repeat; round++)
        {
            Console.Error.WriteLine($"  {title}: {(round == 0 ? "warm-up" : $"round {round} of {repeat}")}");
            for (int i = 0; i < works.Count; i++)
            {
                double elapsed = Time(works[i].Run);
                if (round > 0)
                    times[i].Add(elapsed);
            }
        }
        return [.. works.Select((work, i) => new Samples(work.Name, times[i]))];
    }

    /// <returns>Milliseconds.</returns>
    public static double Time(Action run)
    {
        long start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
