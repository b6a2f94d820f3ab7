using System.Globalization;

namespace Gesso.Platform.Workers;

/// <summary>Where things are in the folder a server and its workers share on one machine.</summary>
/// <param name="Path">Absolute.</param>
public sealed record DataFolder(string Path)
{
    /// <summary>Held by the server while it lives.</summary>
    public string ServerLock => System.IO.Path.Combine(Path, "run", "server.lock");

    /// <summary>Where the running server listens, as JSON; left over when it is killed, so look at <see cref="ServerLock"/> too.</summary>
    public string ServerAddress => System.IO.Path.Combine(Path, "run", "server.json");

    /// <summary>Held by the worker of that slot while it lives.</summary>
    public string WorkerLock(int slot) => Slot(slot, "lock");

    /// <summary>Who holds the slot: a <see cref="SlotTicket"/>.</summary>
    public string WorkerTicket(int slot) => Slot(slot, "json");

    /// <summary>The key of the first start, for commands on the same machine; only its owner may read it.</summary>
    public string AdminKey => System.IO.Path.Combine(Path, "admin-key");

    private string Slot(int slot, string extension) => System.IO.Path.Combine(Path, "run", string.Create(CultureInfo.InvariantCulture, $"worker-{slot}.{extension}"));
}
