using System.Text;
using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Tokenizers.Bpe;
using Gesso.Tokenizers.Files;
using Gesso.Tokenizers.Unicode;
using Gesso.Tokenizers.Vocabularies;

namespace Gesso.Tokenizers;

/// <summary>
/// Text → ids of CLIP's text encoder, equal to what transformers 5 computes (openai/CLIP <c>simple_tokenizer.py</c>; huggingface/tokenizers).
/// Immutable, so one instance serves all threads. A lone surrogate counts as U+FFFD.
/// </summary>
public sealed class ClipTokenizer
{
    private const string Kind = "CLIP";
    private const int DefaultMaxLength = 77;

    private static readonly Lazy<ClipTokenizer> LazilyPublished = new(ReadPublished);

    private readonly AddedTokenMatcher _rawTokens;
    private readonly AddedTokenMatcher _normalizedTokens;
    private readonly ClipNormalizer _normalizer;
    private readonly ClipWords _words;
    private readonly ByteLevelBpe _bpe;

    private ClipTokenizer(Source source)
    {
        var (vocabulary, config) = (source.Vocabulary, source.Config);
        var added = source.Json?.AddedTokens ?? config.AddedTokens ??
        [
            .. new[] { config.Bos ?? PublishedClip.Bos, config.Eos ?? PublishedClip.Eos, config.Pad, config.Unk }.Concat(config.MoreSpecialTokens)
                .OfType<string>().Distinct().Where(vocabulary.ContainsKey).Select(content => config.Flagged(content, vocabulary[content])),
        ];
        (_normalizer, _words) = source.Json is { } json
            ? source.Folder.Parse(TokenizerFolder.TokenizerJson, () => (ClipSteps.Normalizer(json, source.Folder), ClipSteps.Words(json, source.Folder)))
            : (ClipNormalizer.Published, new ClipWords(ClipSteps.PublishedLiterals));
        _rawTokens = new AddedTokenMatcher(added.Where(token => !token.Normalized));
        _normalizedTokens = new AddedTokenMatcher(added.Where(token => token.Normalized)
            .Select(token => token with { Content = _normalizer.Apply(token.Content, 0).Text.ToString() }));
        _bpe = new ByteLevelBpe(vocabulary, source.Merges, source.EndOfWord, source.Unknown is { } unknown ? IdOf(unknown, "unk_token") : null);

        BosId = IdOf(config.Bos ?? PublishedClip.Bos, "bos_token");
        EosId = IdOf(config.Eos ?? PublishedClip.Eos, "eos_token");
        PadId = IdOf(config.Pad ?? config.Eos ?? PublishedClip.Eos, "pad_token");
        MaxLength = config.ModelMaxLength ?? DefaultMaxLength;
        VocabularySize = 1 + Math.Max(vocabulary.Values.DefaultIfEmpty(0).Max(), added.Select(token => token.Id).DefaultIfEmpty(0).Max());
        if (MaxLength < 2)
        {
            throw source.Folder.Corrupt("tokenizer_config.json", $"model_max_length is {MaxLength}, expected at least 2 (begin and end).");
        }

        int IdOf(string content, string role) =>
            added.Find(token => token.Content == content)?.Id
            ?? (vocabulary.TryGetValue(content, out var id) ? id : throw source.Folder.Corrupt(
                "tokenizer_config.json", $"the {role} '{content}' is not in the vocabulary."));
    }

    /// <summary>Longest sequence that the encoder takes, begin and end included; 77 for CLIP.</summary>
    public int MaxLength { get; }

    public int BosId { get; }

    public int EosId { get; }

    public int PadId { get; }

    /// <summary>Highest id plus one.</summary>
    public int VocabularySize { get; }

    /// <summary>
    /// Reads <c>vocab.json</c> and <c>merges.txt</c>, else <c>tokenizer.json</c>, which also states the steps where it stands beside the others;
    /// <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> name the special tokens and the length.
    /// </summary>
    /// <exception cref="GessoException">
    /// InvalidRequest <c>tokenizer_missing</c>, <c>tokenizer_corrupt</c>; Refused <c>tokenizer_unsupported</c> for the tokenizer of another model.
    /// </exception>
    public static ClipTokenizer FromFolder(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var files = new TokenizerFolder(folder, Kind);
        var pair = files.Has(TokenizerFolder.VocabJson) && files.Has(TokenizerFolder.MergesTxt);
        if (!pair && !files.Has(TokenizerFolder.TokenizerJson))
        {
            throw files.Missing($"{TokenizerFolder.VocabJson} and {TokenizerFolder.MergesTxt}, or {TokenizerFolder.TokenizerJson}");
        }

        var config = TokenizerConfig.Read(files);
        var json = files.Has(TokenizerFolder.TokenizerJson)
            ? files.Read(TokenizerFolder.TokenizerJson, bytes => TokenizerJson.Parse(bytes, withModel: !pair))
            : null;
        return pair ? FromPair(files, config, json) : FromJson(files, config, json!);
    }

    /// <summary>The vocabulary that OpenAI published with CLIP (49,408 ids), which FLUX.1 uses; embedded.</summary>
    public static ClipTokenizer Published() => LazilyPublished.Value;

    /// <summary>Begin, the text's ids, end: at most <see cref="MaxLength"/>; longer text loses its last ids, the end stays.</summary>
    public int[] Encode(string text)
    {
        var tokens = Tokenize(text);
        var kept = Math.Min(tokens.Count, MaxLength - 2);
        return [BosId, .. tokens.Take(kept).Select(token => token.Id), EosId];
    }

    /// <summary><see cref="Encode"/> filled up to exactly <see cref="MaxLength"/> with <see cref="PadId"/>.</summary>
    public int[] EncodePadded(string text)
    {
        var ids = Encode(text);
        var length = ids.Length;
        Array.Resize(ref ids, MaxLength);
        ids.AsSpan(length).Fill(PadId);
        return ids;
    }

    /// <summary>Whether <see cref="Encode"/> drops part of the text.</summary>
    /// <param name="text">The prompt.</param>
    /// <param name="lost">The part dropped, from the first character that is not wholly kept, as it was written; empty when nothing is.</param>
    public bool Truncates(string text, out string lost)
    {
        var tokens = Tokenize(text);
        var truncates = tokens.Count > MaxLength - 2;
        lost = truncates ? text[tokens[MaxLength - 2].Start..].Trim() : "";
        return truncates;
    }

    private List<Token> Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = WellFormed.Text(text);
        var tokens = new List<Token>();
        foreach (var raw in _rawTokens.Split(text))
        {
            if (raw.TokenId is { } id)
            {
                tokens.Add(new Token(id, raw.Start));
            }
            else
            {
                TokenizeStretch(_normalizer.Apply(text.AsSpan(raw.Start, raw.End - raw.Start), raw.Start), tokens);
            }
        }

        return tokens;
    }

    private void TokenizeStretch(MappedText text, List<Token> tokens)
    {
        foreach (var stretch in _normalizedTokens.Split(text.Text))
        {
            if (stretch.TokenId is { } id)
            {
                tokens.Add(new Token(id, text.Origin(stretch.Start)));
                continue;
            }

            foreach (var word in _words.Split(text.Text, stretch))
            {
                _bpe.Append(text, word, tokens);
            }
        }
    }

    private static ClipTokenizer FromPair(TokenizerFolder folder, TokenizerConfig config, TokenizerJson? json)
    {
        var vocabulary = folder.Read(TokenizerFolder.VocabJson, bytes =>
        {
            var reader = new Utf8JsonReader(bytes);
            reader.Read();
            return TokenizerJson.ReadVocabulary(ref reader);
        });
        var merges = new MergeTable(vocabulary);
        folder.Read(TokenizerFolder.MergesTxt, bytes =>
        {
            MergesTxt.ForEach(Encoding.UTF8.GetString(bytes), merges.Add);
            return true;
        });
        return new ClipTokenizer(new Source(folder, config, json, vocabulary, merges, PublishedClip.EndOfWord, config.Unk ?? PublishedClip.Eos));
    }

    private static ClipTokenizer FromJson(TokenizerFolder folder, TokenizerConfig config, TokenizerJson json)
    {
        if (json.Vocabulary is not { } vocabulary)
        {
            throw folder.Unsupported(TokenizerFolder.TokenizerJson, "its model is not byte-pair encoding.");
        }

        var merges = new MergeTable(vocabulary);
        folder.Parse(TokenizerFolder.TokenizerJson, () =>
        {
            for (var i = 0; i < json.Merges.Count; i += 2)
            {
                merges.Add(json.Merges[i], json.Merges[i + 1]);
            }

            return true;
        });
        return new ClipTokenizer(new Source(folder, config, json, vocabulary, merges, json.EndOfWordSuffix ?? "", json.UnknownToken));
    }

    private static ClipTokenizer ReadPublished()
    {
        var (vocabulary, merges) = PublishedClip.Read();

        // the published config looks for the begin token after normalisation, for the end token before
        var config = new TokenizerConfig
        {
            AddedTokens =
            [
                new AddedToken(PublishedClip.Bos, vocabulary[PublishedClip.Bos]) { Normalized = true },
                new AddedToken(PublishedClip.Eos, vocabulary[PublishedClip.Eos]),
            ],
        };
        var nowhere = new TokenizerFolder("embedded", Kind);
        return new ClipTokenizer(new Source(nowhere, config, null, vocabulary, merges, PublishedClip.EndOfWord, PublishedClip.Eos));
    }

    private sealed record Source(
        TokenizerFolder Folder,
        TokenizerConfig Config,
        TokenizerJson? Json,
        Dictionary<string, int> Vocabulary,
        MergeTable Merges,
        string EndOfWord,
        string? Unknown);
}
