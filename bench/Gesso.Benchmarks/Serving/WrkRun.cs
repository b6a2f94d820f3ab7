using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Gesso.Contracts.Errors;

namespace Gesso.Benchmarks.Serving;

/// <summary>One run of wrk: a closed loop of POSTs over a number of connections.</summary>
/// <param name="RequestsPerSecond">Answers of any kind.</param>
/// <param name="Failures">Answers that were not 2xx, and broken connections.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P95">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
internal sealed record WrkRun(double RequestsPerSecond, long Failures, double P50, double P95, double P99)
{
    private const string Script = """
        wrk.method = "POST"
        wrk.headers["Content-Type"] = "application/json"
        done = function(summary, latency, requests)
          local e = summary.errors
          io.write(string.format('\nRESULT {"requests":%d,"microseconds":%d,"failures":%d,"p50":%d,"p95":%d,"p99":%d}\n', summary.requests, summary.duration,
            e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(95), latency:percentile(99)))
        end
        """;

    public static WrkRun Post(Uri url, string body, string? key, int connections, int seconds, string folder)
    {
        string file = Path.Combine(folder, "post.lua");
        string authorization = key is null ? "" : $"\nwrk.headers[\"Authorization\"] = \"Bearer {key}\"";
        File.WriteAllText(file, $"{Script}\nwrk.body = [[{body}]]{authorization}\n");
        string threads = connections == 1 ? "1" : "2";
        var info = new ProcessStartInfo("wrk", ["-t", threads, "-c", Number(connections), "-d", $"{Number(seconds)}s", "--timeout", "10s", "-s", file, url.AbsoluteUri])
        {
            RedirectStandardOutput = true,
        };
        try
        {
            using var process = Process.Start(info)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            string line = output.Split('\n').FirstOrDefault(l => l.StartsWith("RESULT ", StringComparison.Ordinal))
                ?? throw GessoException.Bug("wrk_failed", $"wrk gave no result:\n{output}");
            using var json = JsonDocument.Parse(line["RESULT ".Length..]);
            var root = json.RootElement;
            double Milliseconds(string name) => root.GetProperty(name).GetDouble() / 1000;
            return new WrkRun(
                root.GetProperty("requests").GetDouble() / (root.GetProperty("microseconds").GetDouble() / 1e6), root.GetProperty("failures").GetInt64(),
                Milliseconds("p50"), Milliseconds("p95"), Milliseconds("p99"));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw GessoException.Unavailable("no_wrk", "wrk makes the load of this bench and is not installed (Debian: wrk).", e);
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
