using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Benchmarks.Serving;

namespace Gesso.Benchmarks.Benches;

/// <summary>A server under full load for minutes, millions of jobs: does its memory stay where it is?</summary>
internal sealed class SoakBench : IBench
{
    private const int Connections = 16;
    private const int WarmUpMinutes = 2;
    private const int SecondsInAMinute = 60;
    private const double MostGrowth = 1.1;
    private const double Mebibyte = 1024 * 1024;

    public string Name => "soak";

    public string Question => "Does the server's memory stay flat under load?";

    public BenchResult Run(BenchArguments arguments)
    {
        using var folder = new TemporaryFolder();
        using var server = NullServer.Start(folder.File("data"));
        List<(WrkRun Run, double Memory)> minutes = [];
        for (int minute = 1; minute <= arguments.Minutes; minute++)
        {
            var run = server.Drive(Connections, SecondsInAMinute, folder.File(""));
            minutes.Add((run, server.ResidentBytes() / Mebibyte));
        }
        return Judge(minutes);
    }

    private static BenchResult Judge(List<(WrkRun Run, double Memory)> minutes)
    {
        double warm = minutes[Math.Min(WarmUpMinutes, minutes.Count) - 1].Memory;
        return new BenchResult
        {
            Notes =
            [
                $"wrk with {Connections} connections against POST /v1/images/generations of the null engine, every request a durable job that stays in the database. "
                + $"Memory: resident set of the server process at the end of each minute; the target compares the last with minute {WarmUpMinutes}.",
            ],
            Tables =
            [
                new ResultTable("Minutes", ["minute", "requests/s", "p99 ms", "failures", "MiB"],
                    [.. minutes.Select((m, i) => (IReadOnlyList<string>)[$"{i + 1}", $"{m.Run.RequestsPerSecond:0}", $"{m.Run.P99:0.0}", $"{m.Run.Failures}", $"{m.Memory:0}"])]),
            ],
            Targets = [new Target($"memory in the last minute over minute {WarmUpMinutes}", minutes[^1].Memory / warm, MostGrowth, TargetDirection.AtMost)],
            Samples = [new Samples("p50", [.. minutes.Select(m => m.Run.P50)])],
        };
    }
}
