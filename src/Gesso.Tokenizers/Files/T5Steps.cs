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
            pipeline = step.Type switch
            {
                "Precompiled" => pipeline,
                "Strip" when !step.Flag("strip_left", missing: true) && step.Flag("strip_right", missing: false) =>
                    pipeline with { StripEnd = true },
                "Replace" when step.Pattern == " {2,}" && step.Text("content") == T5Pipeline.Mark.ToString() =>
                    pipeline with { CollapseSpaces = true },
                var other => throw folder.Unsupported(TokenizerFolder.TokenizerJson, $"normalizer step '{other}'."),
            };
        }

        foreach (var step in json.PreTokenizers)
        {
            pipeline = step.Type switch
            {
                "WhitespaceSplit" => pipeline with { SplitWhiteSpace = true },
                "Metaspace" when step.Text("replacement") == T5Pipeline.Mark.ToString() => Metaspace(pipeline, step),
                var other => throw folder.Unsupported(TokenizerFolder.TokenizerJson, $"pre-tokenizer step '{other}'."),
            };
        }

        return pipeline;
    }

    public static CharacterMap Map(TokenizerJson json)
    {
        foreach (var step in json.Normalizers)
        {
            if (step.Type == "Precompiled")
            {
                return CharacterMap.Read(step.Json.GetProperty("precompiled_charsmap").GetBytesFromBase64());
            }
        }

        return CharacterMap.Empty;
    }

    /// <summary>Older files say only add_prefix_space; the scheme is then "always", and words are always split.</summary>
    private static T5Pipeline Metaspace(T5Pipeline pipeline, TokenizerStep step)
    {
        var scheme = step.Json.TryGetProperty("prepend_scheme", out var named) ? named.GetString() : "always";
        return pipeline with
        {
            SplitAtMarks = step.Flag("split", missing: true),
            WordMark = !step.Flag("add_prefix_space", missing: true) ? WordMark.Never : scheme switch
            {
                "first" => WordMark.First,
                "never" => WordMark.Never,
                _ => WordMark.Always,
            },
        };
    }
}
