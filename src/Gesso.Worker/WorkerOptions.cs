using System.Diagnostics;
using Gesso.Engine.Library;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;

namespace Gesso.Worker;

/// <summary>What one worker process is told.</summary>
public sealed record WorkerOptions
{
    /// <summary>The exit code of a worker that found nothing to do: no model, or no such device.</summary>
    public const int NothingToDo = 86;

    public required WorkerId Id { get; init; }

    /// <summary>Its place in the data folder; null: it belongs to no server of this machine.</summary>
    public int? Slot { get; init; }

    /// <summary><c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public required string Device { get; init; }

    public int? Threads { get; init; }

    public required DataFolder Folder { get; init; }

    /// <summary>Models by the names jobs use.</summary>
    public required IReadOnlyDictionary<string, ModelLocation> Models { get; init; }

    /// <summary>Where adapters are looked for by the names in jobs.</summary>
    public AdapterLibrary Adapters { get; init; } = AdapterLibrary.Default;

    /// <summary>How many jobs of one shape go through the network together; null: 1 on the CPU (which gains nothing), 4 elsewhere.</summary>
    public int? MaxBatch { get; init; }

    public TimeSpan Heartbeat { get; init; } = LeaseWatch.DefaultHeartbeat;

    /// <summary>Latents are stored this often, so that a job loses no more than this when its worker dies.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A device that draws and finishes no step for this long (a hung driver) ends the process, so that others get its jobs.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How the process ends when its device hangs: nothing in it can be waited for.</summary>
    internal Action EndProcess { get; init; } = () => Process.GetCurrentProcess().Kill();

    /// <summary>A worker whose server is gone waits this long for another before it ends.</summary>
    public TimeSpan OrphanPatience { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>Where a model lies.</summary>
/// <param name="Path">Folder, file or library name; null: the bundled model.</param>
/// <param name="Companions">For single files.</param>
public sealed record ModelLocation(string? Path, CompanionFiles Companions);
