using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gesso.Platform.Workers;

/// <summary>Written by a worker into its slot, read by a server that starts while the worker lives.</summary>
/// <param name="Worker">Its id.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="Version">The program's version; a worker of another version is asked to end.</param>
public sealed record SlotTicket(string Worker, int ProcessId, string Version)
{
    /// <summary>The version of this program.</summary>
    public static string ThisVersion { get; } = typeof(SlotTicket).Assembly.ManifestModule.ModuleVersionId.ToString("N");

    public void Write(string path)
    {
        string temporary = path + ".tmp";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(this, SlotTicketJson.Default.SlotTicket));
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Null: none, or not readable.</summary>
    public static SlotTicket? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), SlotTicketJson.Default.SlotTicket);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(SlotTicket))]
internal sealed partial class SlotTicketJson : JsonSerializerContext;
