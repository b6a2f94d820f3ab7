using System.Text.RegularExpressions;
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
            normalizer = TokenizerJson.TypeOf(step) switch
            {
                "NFC" => normalizer with { Compose = true },
                "Replace" when TokenizerJson.PatternOf(step) == @"\s+" && step.GetProperty("content").GetString() == " " =>
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
            switch (TokenizerJson.TypeOf(step))
            {
                case "Split" when TokenizerJson.PatternOf(step) is var pattern && pattern.EndsWith(ClipWords.Pattern, StringComparison.Ordinal):
                    words = new ClipWords(Literals(pattern[..^ClipWords.Pattern.Length]));
                    break;
                case "ByteLevel" when words is not null:
                    break;
                default:
                    throw folder.Unsupported(TokenizerFolder.TokenizerJson, $"pre-tokenizer step {step.GetRawText()}.");
            }
        }

        return words ?? throw folder.Unsupported(TokenizerFolder.TokenizerJson, "it does not split words by CLIP's pattern.");
    }

    private static string[] Literals(string alternatives) =>
        [.. alternatives.Replace(@"\|", "\0").Split('|', StringSplitOptions.RemoveEmptyEntries).Select(part => Regex.Unescape(part.Replace("\0", @"\|")))];
}
