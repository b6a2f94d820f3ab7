using System.Diagnostics;
using System.Globalization;
using Gesso.Platform;

namespace Gesso.Server.Workers;

/// <summary>How to start a worker of this installation.</summary>
/// <param name="Program">The executable.</param>
/// <param name="Arguments">Before the slot's own.</param>
public sealed record WorkerCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Variables it gets besides this process's.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    internal ProcessStartInfo StartInfo(WorkerId id, int slot, string device)
    {
        var info = new ProcessStartInfo(Program) { UseShellExecute = false, RedirectStandardInput = true };
        foreach (string argument in Arguments)
            info.ArgumentList.Add(argument);
        foreach (string argument in new[] { "--id", id.Value, "--slot", slot.ToString(CultureInfo.InvariantCulture), "--device", device })
            info.ArgumentList.Add(argument);
        foreach (var (name, value) in Environment)
            info.Environment[name] = value;
        return info;
    }
}
