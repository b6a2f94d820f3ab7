using System.Text;
using Gesso.Tokenizers.Bpe;

namespace Gesso.Tokenizers.Files;

/// <summary>The steps of a CLIP <c>tokenizer.json</c>; any other step is refused, as its ids would be wrong without a sign.</summary>
internal static class ClipSteps
{
    /// <summary>The spellings that transformers 5 names in the pattern when there is no tokenizer.json to say so.</summary>
    public static readonly string[] PublishedLiterals = ["<|startoftext|>", "<|endoftext|>"];

    public static ClipNormalizer Normalizer(TokenizerJson json, TokenizerFolder folder)
    {
        var normalizer = new ClipNormalizer(Compose: false, CollapseSpace: false, Lowercase: false);
        foreach (var step in json.Normalizers)
        {
            normalizer = step.Type switch
            {
                "NFC" => normalizer with { Compose = true },
                "Replace" when step.Pattern == @"\s+" && step.Text("content") == " " =>
                    normalizer with { CollapseSpace = true },
                "Lowercase" => normalizer with { Lowercase = true },
                var other => throw folder.Unsupported(TokenizerFolder.TokenizerJson, $"normalizer step '{other}'."),
            };
        }

        return normalizer;
    }

    public static ClipWords Words(TokenizerJson json, TokenizerFolder folder)
    {
        ClipWords? words = null;
        foreach (var step in json.PreTokenizers)
        {
            switch (step.Type)
            {
                case "Split" when step.Pattern is var pattern && pattern.EndsWith(ClipWords.Pattern, StringComparison.Ordinal):
                    words = new ClipWords(Literals(pattern[..^ClipWords.Pattern.Length]));
                    break;
                case "ByteLevel" when words is not null:
                    break;
                default:
                    throw folder.Unsupported(TokenizerFolder.TokenizerJson, $"pre-tokenizer step {step.Json.GetRawText()}.");
            }
        }

        return words ?? throw folder.Unsupported(TokenizerFolder.TokenizerJson, "it does not split words by CLIP's pattern.");
    }

    /// <summary>Alternatives of escaped literals, each closed by a bar: <c>&lt;\|endoftext\|&gt;|</c>.</summary>
    private static List<string> Literals(string alternatives)
    {
        var literals = new List<string>();
        var literal = new StringBuilder();
        for (var i = 0; i < alternatives.Length; i++)
        {
            if (alternatives[i] == '|')
            {
                literals.Add(literal.ToString());
                literal.Clear();
            }
            else
            {
                i += alternatives[i] == '\\' && i + 1 < alternatives.Length ? 1 : 0;
                literal.Append(alternatives[i]);
            }
        }

        return literals;
    }
}
