using System.Text.Json;

namespace Gesso.Tokenizers.Files;

/// <summary>One step of a normaliser or pre-tokenizer as a tokenizer.json describes it.</summary>
internal sealed record TokenizerStep(JsonElement Json)
{
    public string Type => Text("type");

    /// <summary>The regular expression or literal that the step looks for.</summary>
    public string Pattern
    {
        get
        {
            var pattern = Json.GetProperty("pattern");
            return (pattern.TryGetProperty("Regex", out var regex) ? regex : pattern.GetProperty("String")).GetString() ?? "";
        }
    }

    /// <summary>A property that must be there and be text.</summary>
    public string Text(string property) => Json.GetProperty(property).GetString() ?? "";

    /// <summary>A property that may be missing; null counts as missing.</summary>
    public bool Flag(string property, bool missing) =>
        Json.TryGetProperty(property, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : missing;

    /// <summary>Appends a step, or the steps of a sequence in order; null is no step.</summary>
    public static void Flatten(JsonElement step, string listName, List<TokenizerStep> steps)
    {
        if (step.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        var read = new TokenizerStep(step);
        if (read.Type != "Sequence")
        {
            steps.Add(read);
            return;
        }

        foreach (var inner in step.GetProperty(listName).EnumerateArray())
        {
            Flatten(inner, listName, steps);
        }
    }
}
