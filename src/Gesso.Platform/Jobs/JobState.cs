namespace Gesso.Platform.Jobs;

/// <summary>Where a job stands. Queued and Running alternate; each job reaches exactly one of the others, and stays there.</summary>
public enum JobState
{
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

public static class JobStates
{
    public static bool IsFinal(this JobState state) => state is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
}
