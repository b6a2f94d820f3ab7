namespace Gesso.Client;

/// <summary>How patient a <see cref="GessoClient"/> is.</summary>
public sealed record GessoClientOptions
{
    /// <summary>
    /// How long a call is tried again while the server is away, busy or restarting; the same for the events of a job, from the last sign of life on. Calls that
    /// could happen twice are never tried again. 0: one attempt.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long one attempt may wait for the beginning of the answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>An event stream that is silent for longer than this is broken: servers send something every ten seconds.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(35);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
