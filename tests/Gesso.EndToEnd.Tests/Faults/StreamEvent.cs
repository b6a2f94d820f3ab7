using System.Globalization;

namespace Gesso.EndToEnd.Tests.Faults;

/// <summary>A server-sent event.</summary>
/// <param name="Type">Its <c>event:</c> line.</param>
/// <param name="Id">Its <c>id:</c> line, if it has one.</param>
/// <param name="Data">Its <c>data:</c> line.</param>
internal sealed record StreamEvent(string Type, int? Id, string Data)
{
    /// <summary>What happened to the job: queued, started, picture, succeeded …</summary>
    public string Name => Type == "state" ? System.Text.Json.JsonDocument.Parse(Data).RootElement.GetProperty("event").GetString()! : Type;

    public static IReadOnlyList<StreamEvent> Parse(string text) => [.. text.Split("\n\n").Select(ParseOne).OfType<StreamEvent>()];

    /// <summary>Null: a comment, or a part.</summary>
    public static StreamEvent? ParseOne(string block)
    {
        string? type = null, data = null;
        int? id = null;
        foreach (string line in block.Split('\n'))
        {
            string[] parts = line.Split(": ", 2);
            switch (parts[0])
            {
                case "event":
                    type = parts[1];
                    break;
                case "id":
                    id = int.Parse(parts[1], CultureInfo.InvariantCulture);
                    break;
                case "data":
                    data = parts[1];
                    break;
            }
        }
        return type is null || data is null ? null : new StreamEvent(type, id, data);
    }
}
