using System.Collections;
using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Platform.Workers;
using Gesso.Server.Hosting;

namespace Gesso.Cli.Commands;

/// <summary>The server of this machine, as its data folder tells of it: so that its owner need not type an address and a key.</summary>
internal sealed class LocalServer(DataFolder folder)
{
    /// <summary>Where a server started here would keep its data.</summary>
    public static LocalServer Find()
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value);
        string data;
        try
        {
            data = ServerConfiguration.Load(null, new Dictionary<string, string?>(), environment).Data;
        }
        catch (GessoException)
        {
            data = new ServerOptions().Data; // a mistake in the server's configuration is no mistake of a client
        }
        return new LocalServer(new DataFolder(Path.GetFullPath(data)));
    }

    /// <summary>Null: it does not run, or does not say.</summary>
    public string? Url => FileLock.IsTaken(folder.ServerLock) ? Address(folder) : null;

    /// <summary>The key of the first start; null: there is none, or not for this user.</summary>
    public string? AdminKey()
    {
        try
        {
            return File.ReadAllText(folder.AdminKey).Trim() is { Length: > 0 } key ? key : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What the server wrote when it last started.</summary>
    public static string? Address(DataFolder folder)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(folder.ServerAddress));
            return json.RootElement.GetProperty("url").GetString();
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
