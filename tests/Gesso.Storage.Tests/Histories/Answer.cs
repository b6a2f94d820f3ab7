using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gesso.Storage.Tests.Histories;

/// <summary>Answers as text, to be compared and to be read when they differ.</summary>
internal static class Answer
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private const int Around = 200;

    public static string Of(object? answer) => JsonSerializer.Serialize(answer, Options);

    /// <summary>Both answers around the place where they part.</summary>
    public static string Difference(string model, string store)
    {
        int same = model.Zip(store).TakeWhile(pair => pair.First == pair.Second).Count();
        int start = Math.Max(0, same - Around);
        return $"  model: …{Part(model)}…\n  store: …{Part(store)}…";

        string Part(string text) => text.Substring(Math.Min(start, text.Length), Math.Min(3 * Around, Math.Max(0, text.Length - start)));
    }
}
