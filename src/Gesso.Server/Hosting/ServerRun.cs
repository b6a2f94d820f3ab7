using System.Text.Json;
using System.Text.Json.Serialization;
using Gesso.Contracts.Errors;
using Gesso.Platform;
using Gesso.Platform.Workers;
using Gesso.Server.Auth;
using Gesso.Server.Workers;
using Microsoft.AspNetCore.Hosting.Server;

namespace Gesso.Server.Hosting;

/// <summary>What scripts get of a started server.</summary>
/// <param name="Url">Where it listens.</param>
/// <param name="Urls">All addresses of the API; not that for metrics.</param>
/// <param name="Key">The secret of the first key, on the first start only.</param>
/// <param name="StudioUrl">The page, with the key where there is one.</param>
/// <param name="Data">The data folder.</param>
/// <param name="ProcessId">This process.</param>
public sealed record StartedServer(string Url, IReadOnlyList<string> Urls, string? Key, string StudioUrl, string Data, int ProcessId);

/// <summary>One server from start to end: takes the data folder, opens the stores, makes the first key, serves until told to stop, drains.</summary>
public static class ServerRun
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(3);

    /// <param name="options">Validated.</param>
    /// <param name="workers">How to start workers.</param>
    /// <param name="output">Gets the addresses and the first key.</param>
    /// <param name="json">As one line of JSON.</param>
    /// <param name="cancellation">Ends the server as SIGTERM does.</param>
    public static async Task RunAsync(ServerOptions options, WorkerCommand workers, TextWriter output, bool json, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(output);
        var time = new SteadyClock();
        var folder = new DataFolder(Path.GetFullPath(options.Data));
        MakePrivate(folder.Path);
        using var place = await TakeAsync(folder, time, cancellation).ConfigureAwait(false);
        await using var opened = await ServerStores.OpenAsync(options, time, cancellation).ConfigureAwait(false);
        string? key = (await FirstKey.EnsureAsync(opened.Stores.Accounts, SecretFile.LoadOrCreate(options), time, cancellation).ConfigureAwait(false))?.Text;
        if (key is not null)
            WritePrivate(folder.AdminKey, key);
        await using var app = ServerHost.Build(options, opened.Stores, time, builder =>
        {
            ServerLogging.Configure(builder.Logging, options);
            _ = builder.Services.AddSingleton(workers).AddHostedService<WorkerSupervisor>();
        });
        await StartAsync(app, options, cancellation).ConfigureAwait(false);
        var started = Describe(Listening.ApiUrls(app.Services.GetRequiredService<IServer>(), options), key, folder);
        WriteAddress(folder, started);
        await output.WriteLineAsync(json ? JsonSerializer.Serialize(started, StartedServerJson.Default.StartedServer) : Banner(started)).ConfigureAwait(false);
        await output.FlushAsync(cancellation).ConfigureAwait(false);
        using var stop = cancellation.Register(() => app.Lifetime.StopApplication());
        await app.WaitForShutdownAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task StartAsync(WebApplication app, ServerOptions options, CancellationToken cancellation)
    {
        try
        {
            await app.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            app.Lifetime.StopApplication();                                                 // what has started ends as at any stop
            if (e is not IOException and not System.Net.Sockets.SocketException)
                throw;
            throw Listening.CannotListen(options, e);
        }
    }

    private static StartedServer Describe(IReadOnlyList<string> urls, string? key, DataFolder folder) =>
        new(urls[0], urls, key, key is null ? urls[0] + "/" : $"{urls[0]}/#key={key}", folder.Path, Environment.ProcessId);

    /// <summary>For commands on this machine that look for a server; without the key.</summary>
    private static void WriteAddress(DataFolder folder, StartedServer started)
    {
        string temporary = folder.ServerAddress + ".tmp";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(started with { Key = null, StudioUrl = started.Url + "/" }, StartedServerJson.Default.StartedServer));
        File.Move(temporary, folder.ServerAddress, overwrite: true);
    }

    private static void WritePrivate(string path, string text)
    {
        FileStreamOptions file = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using StreamWriter writer = new(path, file);
        writer.WriteLine(text);
    }

    private static string Banner(StartedServer server) => server.Key is null
        ? $"""
           Gesso is ready: {server.Url}
             pages and API need a key; `gesso keys create` makes one, the first is in {Path.Combine(server.Data, "admin-key")}
           """
        : $$"""
            Gesso is ready.

              page   {{server.StudioUrl}}
              API    {{server.Url}}/v1
              key    {{server.Key}}   (shown once; also in {{Path.Combine(server.Data, "admin-key")}}, readable by you only)

            Try it:

              curl {{server.Url}}/v1/images/generations -H "Authorization: Bearer {{server.Key}}" -H "Content-Type: application/json" \
                -d '{"prompt": "a red apple in noto style"}' | sed 's/.*"b64_json":"\([^"]*\)".*/\1/' | base64 -d > apple.png

            """;

    private static async Task<FileLock> TakeAsync(DataFolder folder, TimeProvider time, CancellationToken cancellation)
    {
        // a worker that looks whether its server lives holds the lock for a moment
        for (long since = time.GetTimestamp(); time.GetElapsedTime(since) < LockPatience; await Task.Delay(50, cancellation).ConfigureAwait(false))
        {
            if (FileLock.TryTake(folder.ServerLock) is { } place)
                return place;
        }
        throw GessoException.Unavailable("data_in_use", $"Another server uses {folder.Path}: stop it, or give this one a folder of its own with --data.");
    }

    private static void MakePrivate(string path)
    {
        try
        {
            _ = OperatingSystem.IsWindows()
                ? Directory.CreateDirectory(path)
                : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw GessoException.Unavailable("data_unwritable", $"The data folder {path} cannot be made: {e.Message}", e);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StartedServer))]
internal sealed partial class StartedServerJson : JsonSerializerContext;
