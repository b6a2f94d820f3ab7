namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>A series of kills under load.</summary>
internal sealed record FaultOptions
{
    public required int Kills { get; init; }

    /// <summary>After this time fewer are enough.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.MaxValue;

    /// <summary>Which of 100 kills hit the server; the others hit the worker.</summary>
    public int ServerShare { get; init; } = 30;

    public required int Seed { get; init; }

    /// <summary>Jobs the clients keep waiting or running.</summary>
    public int Backlog { get; init; } = 6;

    /// <summary>Between two kills, at most.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMilliseconds(900);

    /// <summary>For everything acknowledged to reach its end after the last kill.</summary>
    public TimeSpan HealPatience { get; init; } = TimeSpan.FromSeconds(120);
}
