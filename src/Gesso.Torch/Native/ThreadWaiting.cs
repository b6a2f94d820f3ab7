namespace Gesso.Torch.Native;

/// <summary>How compute threads wait for each other between two parallel sections.</summary>
internal static class ThreadWaiting
{
    private const string SpinVariable = "GOMP_SPINCOUNT";
    private const string PolicyVariable = "OMP_WAIT_POLICY";
    private const string Spins = "1000";

    /// <summary>
    /// Shortens the busy waiting of libgomp from its default of 300,000 turns, about a millisecond, to 1,000. A thread that spins while
    /// another process holds its core wastes the core that the other thread needs: on two crowded cores a picture of the bundled model
    /// took 9 to 14 s with the default and 2.6 s with this. Read by libgomp when it is loaded, so it must be set before; a choice that the
    /// user made in the environment stays.
    /// </summary>
    /// <returns>What was set, or null.</returns>
    public static string? SpinBriefly()
    {
        if (!OperatingSystem.IsLinux()
            || Environment.GetEnvironmentVariable(SpinVariable) is not null
            || Environment.GetEnvironmentVariable(PolicyVariable) is not null)
        {
            return null;
        }
        return NativeVariable.SetIfAbsent(SpinVariable, Spins) ? $"{SpinVariable}={Spins}" : null;
    }
}
