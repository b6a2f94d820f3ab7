using Gesso.Testing;
using Gesso.Testing.Platform;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>
/// kill -9 of workers and servers under load. For a long run <c>GESSO_KILLS</c> sets the number of kills, <c>GESSO_KILL_MINUTES</c> a time after which fewer are enough.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private static int Kills { get; } = int.TryParse(Environment.GetEnvironmentVariable("GESSO_KILLS"), out int kills) ? kills : 100;

    private static TimeSpan Longest { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("GESSO_KILL_MINUTES"), out int minutes) ? TimeSpan.FromMinutes(minutes) : TimeSpan.MaxValue;

    [Fact]
    public async Task Killed_workers_and_servers_lose_nothing_on_sqlite()
    {
        using var folder = new TestFolder();
        await RunAsync(folder.Path, database: null);
    }

    [Fact]
    public async Task Killed_workers_and_servers_lose_nothing_on_postgres()
    {
        using var postgres = new PostgresServer(durable: true);
        Assert.SkipUnless(postgres.Missing is null, postgres.Missing ?? "");
        using var folder = new TestFolder();
        await RunAsync(folder.Path, postgres.NewDatabase());
    }

    private async Task RunAsync(string folder, string? database)
    {
        var setup = new ServeSetup
        {
            Data = folder,
            Port = ServeSetup.FreePort(),
            Database = database,
            Configuration = new Dictionary<string, object>
            {
                // random kills hit one job more than three times: quarantine is tested elsewhere
                ["scheduling"] = new { maxCrashes = 100 },
                ["worker"] = new { checkpointInterval = "00:00:00.1" },
                ["security"] = new { secretFile = Path.Combine(folder, "secrets.json") },
            },
        };
        var report = await new FaultRun(setup, new FaultOptions { Kills = Kills, Longest = Longest, Seed = 20261124 }).RunAsync(TestContext.Current.CancellationToken);
        output.WriteLine(report.ToString());
        Assert.Empty(report.Violations);
        Assert.True(report.Attempts > report.Acknowledged, "No kill interrupted a job: the run proves nothing.");
        Assert.All(report.Outages, outage => Assert.InRange(outage, TimeSpan.Zero, TimeSpan.FromSeconds(10)));
    }
}
