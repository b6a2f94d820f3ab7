using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gesso.Storage.Tests.Histories;

/// <summary>Answers as text, to be compared and to be read when they differ.</summary>
internal static class Answer
{
    private static readonly JsonSerializerOptions Options = new() { Converters = { new JsonStringEnumConverter() }, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static string Of(object? answer) => JsonSerializer.Serialize(answer, Options);
}
