using System.Collections.Concurrent;
using System.Diagnostics;
using Gesso.Testing.Processes;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>
/// Clients keep a real server busy while its processes are killed at random moments; afterwards everything acknowledged must have ended once, with whole pictures
/// that equal those of an undisturbed run.
/// </summary>
internal sealed class FaultRun(ServeSetup setup, FaultOptions options)
{
    private readonly ConcurrentDictionary<string, FaultJob> _acknowledged = new();
    private readonly List<TimeSpan> _outages = [];
    private readonly Random _random = new(options.Seed);
    private GessoProcess? _server;
    private int _workerKills;
    private int _serverKills;

    public async Task<FaultReport> RunAsync(CancellationToken cancellation)
    {
        _server = await GessoProcess.StartAsync(setup);
        try
        {
            using var client = new FaultClient(_server.Url, _server.Key);
            var expected = await client.DrawReferencesAsync(cancellation);                  // before the first fault
            using var calm = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var clients = Enumerable.Range(0, 2).Select(n => KeepBusyAsync(client, n, calm.Token)).ToArray();
            var watch = Stopwatch.StartNew();
            while (_workerKills + _serverKills < options.Kills && watch.Elapsed < options.Longest)
                await KillOneAsync(client, cancellation);
            await calm.CancelAsync();
            await Task.WhenAll(clients);
            return await JudgeAsync(client, expected, cancellation);
        }
        finally
        {
            await _server.DisposeAsync();
        }
    }

    private async Task KeepBusyAsync(FaultClient client, int number, CancellationToken calm)
    {
        for (int i = number; !calm.IsCancellationRequested; i += 2)
        {
            string key = $"fault-{options.Seed}-{i}";
            // once a key was tried the answer is waited for, so that every acknowledgement is known
            if (await client.SubmitAsync(i % FaultClient.Requests, key, CancellationToken.None) is { } id && !_acknowledged.TryAdd(id, new FaultJob(id, i % FaultClient.Requests, key)))
                throw new InvalidOperationException($"Two keys got the same job {id}.");
            while (!calm.IsCancellationRequested && await client.UnfinishedAsync(CancellationToken.None) >= options.Backlog)
                await Task.Delay(100, calm).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KillOneAsync(FaultClient client, CancellationToken cancellation)
    {
        await Task.Delay(_random.Next((int)options.LongestPause.TotalMilliseconds), cancellation);
        if (_random.Next(100) < options.ServerShare)
        {
            _server!.Kill();
            await _server.ExitedAsync();
            var watch = Stopwatch.StartNew();
            _server = await GessoProcess.StartAsync(setup);
            await client.AliveAsync(cancellation);
            _outages.Add(watch.Elapsed);
            _serverKills++;
        }
        else if (_server!.WorkerProcessId() is { } worker && GessoProcess.TryKill(worker))
        {
            _workerKills++;
        }
    }

    private async Task<FaultReport> JudgeAsync(FaultClient client, IReadOnlyList<byte[]> expected, CancellationToken cancellation)
    {
        List<string> violations = [];
        int succeeded = 0, attempts = 0;
        var healing = Stopwatch.StartNew();
        foreach (var job in _acknowledged.Values)
        {
            var left = options.HealPatience - healing.Elapsed;
            var end = await client.EndAsync(job.Id, left > TimeSpan.Zero ? left : TimeSpan.FromSeconds(1), cancellation);
            attempts += end.Attempt;
            succeeded += end.State == "succeeded" ? 1 : 0;
            violations.AddRange(end.Violations(job, expected));
            if (await client.SubmitAsync(job.Request, job.Key, cancellation) is { } again && again != job.Id)
                violations.Add($"{job.Id}: its key now names {again}");
        }
        violations.AddRange(StoredFiles.Violations(Path.Combine(setup.Data, "assets")));
        return new FaultReport
        {
            WorkerKills = _workerKills,
            ServerKills = _serverKills,
            Acknowledged = _acknowledged.Count,
            Succeeded = succeeded,
            Attempts = attempts,
            Outages = _outages,
            Violations = violations,
        };
    }
}

/// <summary>A job that was acknowledged.</summary>
internal sealed record FaultJob(string Id, int Request, string Key);
