using System.Globalization;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>What a series of kills left.</summary>
internal sealed record FaultReport
{
    public required int WorkerKills { get; init; }

    public required int ServerKills { get; init; }

    /// <summary>Jobs answered with 202.</summary>
    public required int Acknowledged { get; init; }

    public required int Succeeded { get; init; }

    /// <summary>Attempts of all jobs; those above <see cref="Acknowledged"/> were interrupted.</summary>
    public required int Attempts { get; init; }

    /// <summary>From the kill of a server until its successor answers.</summary>
    public required IReadOnlyList<TimeSpan> Outages { get; init; }

    /// <summary>Everything that must not be, a sentence each.</summary>
    public required IReadOnlyList<string> Violations { get; init; }

    public override string ToString()
    {
        var outages = Outages.Order().ToList();
        string Percentile(double p) => outages.Count == 0 ? "-" : outages[(int)(p * (outages.Count - 1))].TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"{WorkerKills} worker and {ServerKills} server kills; {Acknowledged} jobs acknowledged, {Succeeded} succeeded in {Attempts} attempts; outage ms p50 {Percentile(0.5)} p95 {Percentile(0.95)} max {Percentile(1)}; {Violations.Count} violations");
    }
}
