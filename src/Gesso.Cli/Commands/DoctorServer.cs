using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Jobs;
using Gesso.Platform.Workers;
using Gesso.Server.Hosting;

namespace Gesso.Cli.Commands;

/// <summary>What <c>gesso doctor</c> found of the server of this machine.</summary>
internal sealed record DoctorServer
{
    public required string Data { get; init; }

    /// <summary>Without its password.</summary>
    public string? Database { get; init; }

    public bool Running { get; init; }

    /// <summary>Where it listens.</summary>
    public string? Url { get; init; }

    public IReadOnlyList<WorkerRecord> Workers { get; init; } = [];

    public QueueNumbers? Queue { get; init; }

    /// <summary>What keeps a server from running or drawing, with what to do.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Null: there is no configuration and no data folder, so nobody runs a server here.</summary>
    /// <param name="read">Reads the configuration.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    public static async Task<DoctorServer?> TakeAsync(Func<ServerOptions> read, CancellationToken cancellation)
    {
        ServerOptions options;
        try
        {
            options = read();
        }
        catch (GessoException e)
        {
            return new DoctorServer { Data = "", Problems = [e.Message] };
        }
        var folder = new DataFolder(Path.GetFullPath(options.Data));
        if (!Directory.Exists(folder.Path) && options.Database is null)
            return null;
        var server = new DoctorServer { Data = folder.Path, Database = Shown(options.DatabaseOrDefault), Running = FileLock.IsTaken(folder.ServerLock) };
        server = server with { Url = server.Running ? LocalServer.Address(folder) : null };
        if (options.Database is null && !File.Exists(options.DatabaseOrDefault["sqlite:".Length..]))
            return server;
        try
        {
            await using var opened = await ServerStores.OpenAsync(options, new SteadyClock(), cancellation);
            await opened.Stores.CheckAsync(cancellation);
            var workers = await opened.Stores.Workers.ListAsync(cancellation);
            List<string> problems = [.. workers.SelectMany(w => w.BadModels).Select(bad => $"{bad.Key}: {bad.Value}").Distinct()];
            if (server.Running && workers.Count == 0)
                problems.Add("The server runs without a worker: its log says why none starts.");
            return server with { Workers = workers, Queue = await opened.Stores.Jobs.NumbersAsync(null, cancellation), Problems = problems };
        }
        catch (GessoException e)
        {
            return server with { Problems = [e.Message] };
        }
    }

    private static string Shown(string database)
    {
        int at = database.LastIndexOf('@');
        int scheme = database.IndexOf("://", StringComparison.Ordinal);
        return at > 0 && scheme > 0 ? string.Concat(database.AsSpan(0, scheme + 3), "…", database.AsSpan(at)) : database;
    }
}
