using System.Text.Json;
using Gesso.Tokenizers.Unigram;

namespace Gesso.Tokenizers.Files;

/// <summary>The steps of a T5 <c>tokenizer.json</c>; any other step is refused, as its ids would be wrong without a sign.</summary>
internal static class T5Steps
{
    public static T5Pipeline Pipeline(TokenizerJson json, TokenizerFolder folder)
    {
        var pipeline = new T5Pipeline { WordMark = WordMark.Never, SplitAtMarks = false };
        foreach (var step in json.Normalizers)
        {
            pipeline = TokenizerJson.TypeOf(step) switch
            {
                "Precompiled" => pipeline,
                "Strip" when !step.GetProperty("strip_left").GetBoolean() && step.GetProperty("strip_right").GetBoolean() =>
                    pipeline with { StripEnd = true },
                "Replace" when TokenizerJson.PatternOf(step) == " {2,}" && step.GetProperty("content").GetString() == T5Pipeline.Mark.ToString() =>
                    pipeline with { CollapseSpaces = true },
                var other => throw folder.Unsupported(TokenizerFolder.TokenizerJson, $"normalizer step '{other}'."),
            };
        }

        foreach (var step in json.PreTokenizers)
        {
            pipeline = TokenizerJson.TypeOf(step) switch
            {
                "WhitespaceSplit" => pipeline with { SplitWhiteSpace = true },
                "Metaspace" when step.GetProperty("replacement").GetString() == T5Pipeline.Mark.ToString() => Metaspace(pipeline, step),
                var other => throw folder.Unsupported(TokenizerFolder.TokenizerJson, $"pre-tokenizer step '{other}'."),
            };
        }

        return pipeline;
    }

    public static CharacterMap Map(TokenizerJson json)
    {
        foreach (var step in json.Normalizers)
        {
            if (TokenizerJson.TypeOf(step) == "Precompiled")
            {
                return CharacterMap.Read(step.GetProperty("precompiled_charsmap").GetBytesFromBase64());
            }
        }

        return CharacterMap.Empty;
    }

    /// <summary>Older files say only add_prefix_space; the scheme is then "always", and words are always split.</summary>
    private static T5Pipeline Metaspace(T5Pipeline pipeline, JsonElement step)
    {
        var scheme = step.TryGetProperty("prepend_scheme", out var named) ? named.GetString() : "always";
        var prefix = !step.TryGetProperty("add_prefix_space", out var add) || add.ValueKind != JsonValueKind.False;
        var split = !step.TryGetProperty("split", out var cut) || cut.ValueKind != JsonValueKind.False;
        return pipeline with
        {
            SplitAtMarks = split,
            WordMark = !prefix ? WordMark.Never : scheme switch
            {
                "first" => WordMark.First,
                "never" => WordMark.Never,
                _ => WordMark.Always,
            },
        };
    }
}
