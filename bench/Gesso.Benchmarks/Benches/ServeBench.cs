using Gesso.Benchmarks.Measuring;
using Gesso.Benchmarks.Reporting;
using Gesso.Benchmarks.Serving;

namespace Gesso.Benchmarks.Benches;

/// <summary>The whole HTTP path with durable jobs: POST /v1/images/generations to the null engine, against nginx as a plain proxy.</summary>
internal sealed class ServeBench : IBench
{
    private const int Seconds = 6;
    private const int Manyfold = 16;
    private const double LeastShareOfNginx = 0.2;
    private const double MostTimesNginx = 5;
    private const string Gesso = "gesso";
    private const string Memory = "gesso, data in memory";
    private const string MemoryDisk = "/dev/shm";
    private const string Plain = "nginx, plain";
    private const string Tuned = "nginx, kept upstream connections";

    public string Name => "serve";

    public string Question => "How many pictures a second does the server's path carry, every one a durable job, and how long does one take?";

    public BenchResult Run(BenchArguments arguments)
    {
        using var folder = new TemporaryFolder();
        double commit = GroupCommit.MedianMilliseconds(folder.File("commit.db"));
        using var server = NullServer.Start(folder.File("data"));
        // the same path on a disk that costs nothing: what is left is Gesso's own work
        using var memory = Directory.Exists(MemoryDisk) ? new TemporaryFolder(MemoryDisk) : null;
        using var inMemory = memory is null ? null : NullServer.Start(memory.File("data"));
        using var nginx = NginxProxy.Start(folder.File(""));
        List<(string Who, int Connections, WrkRun Run)> runs = [];
        foreach (int connections in new[] { 1, Manyfold })
        {
            for (int round = 0; round <= arguments.Repeat; round++)
            {
                var plain = WrkRun.Post(nginx.Plain, NullServer.Body, null, connections, Seconds, folder.File(""));
                var tuned = WrkRun.Post(nginx.Tuned, NullServer.Body, null, connections, Seconds, folder.File(""));
                var ours = server.Drive(connections, Seconds, folder.File(""));
                var diskless = inMemory?.Drive(connections, Seconds, folder.File(""));
                if (round == 0)
                    continue;                                                               // warm-up
                runs.Add((Plain, connections, plain));
                runs.Add((Tuned, connections, tuned));
                runs.Add((Gesso, connections, ours));
                if (diskless is not null)
                    runs.Add((Memory, connections, diskless));
            }
        }
        return Judge(runs, commit);
    }

    private static BenchResult Judge(List<(string Who, int Connections, WrkRun Run)> runs, double commit)
    {
        double Median(string who, int connections, Func<WrkRun, double> value) =>
            new Samples("", [.. runs.Where(r => r.Who == who && r.Connections == connections).Select(r => value(r.Run))]).Median;
        List<IReadOnlyList<string>> rows = [];
        foreach (int connections in new[] { 1, Manyfold })
        {
            foreach (string who in runs.Select(r => r.Who).Distinct())
            {
                rows.Add([
                    $"{who}, {connections} connection(s)", $"{Median(who, connections, r => r.RequestsPerSecond):0}", $"{Median(who, connections, r => r.P50):0.00}",
                    $"{Median(who, connections, r => r.P95):0.00}", $"{Median(who, connections, r => r.P99):0.00}",
                    $"{runs.Where(r => r.Who == who && r.Connections == connections).Sum(r => r.Run.Failures)}",
                ]);
            }
        }
        double Share(string yardstick, int connections, string who = Gesso) =>
            Median(who, connections, r => r.RequestsPerSecond) / Median(yardstick, connections, r => r.RequestsPerSecond);
        double OverAllowed(string yardstick) => Median(Gesso, 1, r => r.P50) / ((MostTimesNginx * Median(yardstick, 1, r => r.P50)) + commit);
        double allowed = Median(Plain, 1, r => 1000 / r.RequestsPerSecond) / LeastShareOfNginx;
        string diskless = runs.Any(r => r.Who == Memory)
            ? $" With the data in memory, where a flush costs nothing, the shares are {Share(Plain, 1, Memory):0.000} and {Share(Plain, Manyfold, Memory):0.000}."
            : "";
        return new BenchResult
        {
            Notes =
            [
                $"wrk, nginx, the upstream and Gesso share the machine's processors; the two nginx and Gesso are driven in turn, {Seconds} s each, after one round that is not counted; medians of the rounds. "
                + "nginx proxies to an nginx that answers with a constant: plain as in its guide for beginners (proxy_pass, nothing else), and with upstream connections kept. The targets are held against the plain one. "
                + $"Held against the tuned one the three figures are {Share(Tuned, 1):0.000}, {Share(Tuned, Manyfold):0.000} and {OverAllowed(Tuned):0.000}. "
                + "Each request to Gesso is authenticated, checked, stored as a job, claimed, drawn by the null engine, completed and answered once that is on the disk, with the picture in base 64. "
                + $"One group commit (a single small write to SQLite, synchronous=FULL, on the same disk) takes {commit:0.00} ms in the median; "
                + $"one connection that waits for each answer may take {allowed:0.00} ms a request to reach {LeastShareOfNginx:0.0} of nginx, that flush included.{diskless}",
            ],
            Tables = [new ResultTable("Requests", ["who", "requests/s", "p50 ms", "p95 ms", "p99 ms", "failures"], rows)],
            Targets =
            [
                new Target("requests/s as a share of nginx, 1 connection", Share(Plain, 1), LeastShareOfNginx, TargetDirection.AtLeast),
                new Target($"requests/s as a share of nginx, {Manyfold} connections", Share(Plain, Manyfold), LeastShareOfNginx, TargetDirection.AtLeast),
                new Target("p50 at 1 connection over 5 nginx p50 and a commit", OverAllowed(Plain), 1, TargetDirection.AtMost),
            ],
            Samples = [.. runs.GroupBy(r => $"{r.Who} {r.Connections} p50").Select(g => new Samples(g.Key, [.. g.Select(r => r.Run.P50)]))],
        };
    }
}
