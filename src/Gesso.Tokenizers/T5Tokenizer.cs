using Gesso.Contracts.Errors;
using Gesso.Formats.SentencePiece;
using Gesso.Tokenizers.Files;
using Gesso.Tokenizers.Unicode;
using Gesso.Tokenizers.Unigram;
using Gesso.Tokenizers.Vocabularies;

namespace Gesso.Tokenizers;

/// <summary>
/// Text → ids of T5's encoder, equal to what transformers 5 computes with the same folder (huggingface/tokenizers, model Unigram).
/// Immutable, so one instance serves all threads. A lone surrogate counts as U+FFFD.
/// </summary>
public sealed class T5Tokenizer
{
    private const string Kind = "T5";
    private const string DefaultEos = "</s>";
    private const string DefaultPad = "<pad>";
    private const string DefaultUnk = "<unk>";
    private const string ExtraPrefix = "<extra_id_";
    private const int DefaultMaxLength = 512;
    private const int DefaultExtraIds = 100;

    private static readonly Lazy<T5Tokenizer> LazilyPublished = new(ReadPublished);

    private readonly AddedTokenMatcher _rawTokens;
    private readonly AddedTokenMatcher _normalizedTokens;
    private readonly CharacterMap _map;
    private readonly T5Pipeline _pipeline;
    private readonly UnigramModel _model;

    private T5Tokenizer(TokenizerFolder folder, TokenizerConfig config, UnigramModel model, List<AddedToken> added, CharacterMap map, T5Pipeline pipeline)
    {
        (_model, _map, _pipeline) = (model, map, pipeline);
        _rawTokens = new AddedTokenMatcher(added.Where(token => !token.Normalized));
        _normalizedTokens = new AddedTokenMatcher(added.Where(token => token.Normalized)
            .Select(token => token with { Content = pipeline.CleanUp(map.Apply(token.Content, 0)).Text.ToString() }));
        EosId = IdOf(config.Eos ?? DefaultEos, "eos_token");
        PadId = IdOf(config.Pad ?? DefaultPad, "pad_token");
        MaxLength = config.ModelMaxLength ?? DefaultMaxLength;
        VocabularySize = Math.Max(model.Count, 1 + added.Select(token => token.Id).DefaultIfEmpty(-1).Max());

        int IdOf(string content, string role) => added.Find(token => token.Content == content)?.Id ?? model.IdOf(content)
            ?? throw folder.Corrupt("tokenizer_config.json", $"the {role} '{content}' is not in the vocabulary.");
    }

    /// <summary>What the folder sets as model_max_length, end included; 512 when it sets none (or 1e30, which stands for none).</summary>
    public int MaxLength { get; }

    public int EosId { get; }

    public int PadId { get; }

    public int UnkId => _model.UnkId;

    /// <summary>Highest id plus one, extra ids included; the encoder's embedding may have more rows.</summary>
    public int VocabularySize { get; }

    /// <summary>
    /// Reads <c>spiece.model</c>, else <c>tokenizer.json</c>, which also states the steps where it stands beside the other;
    /// <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> name the special tokens and the length.
    /// </summary>
    /// <exception cref="GessoException">
    /// InvalidRequest <c>tokenizer_missing</c>, <c>tokenizer_corrupt</c>, <c>sentencepiece_corrupt</c>;
    /// Refused <c>tokenizer_unsupported</c> for the tokenizer of another model.
    /// </exception>
    public static T5Tokenizer FromFolder(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var files = new TokenizerFolder(folder, Kind);
        if (files.Has(TokenizerFolder.SpieceModel))
        {
            var steps = files.Has(TokenizerFolder.TokenizerJson)
                ? files.Read(TokenizerFolder.TokenizerJson, bytes => TokenizerJson.Parse(bytes, withModel: false))
                : null;
            return FromSpiece(files, TokenizerFolder.SpieceModel, steps);
        }

        return files.Has(TokenizerFolder.TokenizerJson)
            ? FromJson(files, TokenizerFolder.TokenizerJson)
            : throw files.Missing($"{TokenizerFolder.SpieceModel} or {TokenizerFolder.TokenizerJson}");
    }

    /// <summary>
    /// Reads one file, <c>*.json</c> as tokenizer.json and any other as SentencePiece model; the config files beside it count, other vocabularies do not.
    /// </summary>
    /// <exception cref="GessoException">As for <see cref="FromFolder"/>.</exception>
    public static T5Tokenizer FromFile(string spieceModelOrTokenizerJson)
    {
        ArgumentNullException.ThrowIfNull(spieceModelOrTokenizerJson);
        var path = Path.GetFullPath(spieceModelOrTokenizerJson);
        var (folder, file) = (new TokenizerFolder(Path.GetDirectoryName(path) ?? path, Kind), Path.GetFileName(path));
        if (!folder.Has(file))
        {
            throw folder.Missing($"the file {file}");
        }

        return file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? FromJson(folder, file) : FromSpiece(folder, file, steps: null);
    }

    /// <summary>The vocabulary that Google published with T5 v1.1 (32,100 ids with the extra ones), with FLUX.1's settings; embedded.</summary>
    public static T5Tokenizer Published() => LazilyPublished.Value;

    /// <summary>The text's ids and the end, however many.</summary>
    public int[] Encode(string text) => [.. Tokenize(text).Select(token => token.Id), EosId];

    /// <summary>Exactly <paramref name="length"/> ids: the text's, cut so that the end follows, then <see cref="PadId"/>.</summary>
    /// <param name="text">The prompt.</param>
    /// <param name="length">At least 1; FLUX.1-dev takes 512, schnell 256.</param>
    public int[] EncodePadded(string text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        var tokens = Tokenize(text);
        var ids = new int[length];
        var kept = Math.Min(tokens.Count, length - 1);
        for (var i = 0; i < kept; i++)
        {
            ids[i] = tokens[i].Id;
        }

        ids[kept] = EosId;
        ids.AsSpan(kept + 1).Fill(PadId);
        return ids;
    }

    /// <summary>Whether <see cref="EncodePadded"/> of this length drops part of the text.</summary>
    /// <param name="text">The prompt.</param>
    /// <param name="length">At least 1.</param>
    /// <param name="lost">The part dropped, as it was written; empty when nothing is.</param>
    public bool Truncates(string text, int length, out string lost)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        var tokens = Tokenize(text);
        var truncates = tokens.Count > length - 1;
        lost = truncates ? text[tokens[length - 1].Start..].Trim() : "";
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
                var mapped = _map.Apply(text.AsSpan(raw.Start, raw.End - raw.Start), raw.Start);
                TokenizeStretch(_pipeline.CleanUp(mapped), raw.Start == 0, tokens);
            }
        }

        return tokens;
    }

    private void TokenizeStretch(MappedText text, bool startsPrompt, List<Token> tokens)
    {
        var marked = new MappedText(text.Length + 8);
        foreach (var stretch in _normalizedTokens.Split(text.Text))
        {
            if (stretch.TokenId is { } id)
            {
                tokens.Add(new Token(id, text.Origin(stretch.Start)));
                continue;
            }

            foreach (var word in _pipeline.Words(text, stretch, startsPrompt && stretch.Start == 0, marked))
            {
                _model.Append(marked, word, tokens);
            }
        }
    }

    private static T5Tokenizer FromSpiece(TokenizerFolder folder, string file, TokenizerJson? steps)
    {
        var config = TokenizerConfig.Read(folder);
        var model = folder.Read(file, bytes => SentencePieceReader.Read(bytes, folder.PathOf(file)));
        var pipeline = steps is not null ? folder.Parse(TokenizerFolder.TokenizerJson, () => T5Steps.Pipeline(steps, folder))
            : config.Legacy is { } legacy ? T5Pipeline.Converted(legacy)
            : T5Pipeline.Native;
        return FromPieces(folder, file, config, model, steps?.AddedTokens ?? config.AddedTokens, pipeline);
    }

    private static T5Tokenizer FromJson(TokenizerFolder folder, string file)
    {
        var config = TokenizerConfig.Read(folder);
        var json = folder.Read(file, bytes => TokenizerJson.Parse(bytes, withModel: true));
        if (json.Pieces is not { Count: > 0 } pieces)
        {
            throw folder.Unsupported(file, "its model is not a unigram model.");
        }

        if (json.UnkId is not { } unkId || unkId < 0 || unkId >= pieces.Count)
        {
            throw folder.Corrupt(file, $"its unk_id is {json.UnkId?.ToString() ?? "missing"}, expected 0 to {pieces.Count - 1}.");
        }

        var map = folder.Parse(file, () => T5Steps.Map(json));
        var pipeline = folder.Parse(file, () => T5Steps.Pipeline(json, folder));
        return new T5Tokenizer(folder, config, new UnigramModel(pieces, unkId, json.ByteFallback), json.AddedTokens, map, pipeline);
    }

    private static T5Tokenizer ReadPublished()
    {
        var nowhere = new TokenizerFolder("embedded", Kind);
        var model = SentencePieceReader.Read(PublishedFiles.T5Spiece(), TokenizerFolder.SpieceModel);
        return FromPieces(nowhere, TokenizerFolder.SpieceModel, new TokenizerConfig(), model, null, T5Pipeline.Converted(legacy: false));
    }

    private static T5Tokenizer FromPieces(
        TokenizerFolder folder, string file, TokenizerConfig config, SentencePieceModel model, List<AddedToken>? added, T5Pipeline pipeline)
    {
        if (model.Algorithm != SentencePieceAlgorithm.Unigram)
        {
            throw folder.Unsupported(file, $"a SentencePiece model of type {model.Algorithm}.");
        }

        if (model.UnkId < 0)
        {
            throw folder.Corrupt(file, "it has no unknown piece.");
        }

        var pieces = model.Pieces.Select(piece => new UnigramPiece(piece.Text, piece.Score)).ToList();
        AddExtraIds(pieces, added, config.ExtraIds ?? DefaultExtraIds);
        var unigram = new UnigramModel(pieces, model.UnkId, model.ByteFallback);
        added ??=
        [
            .. new[] { config.Eos ?? DefaultEos, config.Pad ?? DefaultPad, config.Unk ?? DefaultUnk, config.Bos }
                .Concat(config.MoreSpecialTokens).Concat(pieces.Select(piece => piece.Text).Where(text => text.StartsWith(ExtraPrefix)))
                .OfType<string>().Distinct()
                .Select(content => unigram.IdOf(content) is { } id ? config.Flagged(content, id) : null).OfType<AddedToken>(),
        ];
        var map = folder.Parse(file, () => CharacterMap.Read(model.PrecompiledCharsmap.Span));
        return new T5Tokenizer(folder, config, unigram, added, map, pipeline);
    }

    /// <summary>
    /// The extra ids follow the pieces, highest number first, and count as pieces of score 0 (transformers' <c>T5Converter</c>),
    /// so that text which only becomes one by normalisation is found too.
    /// </summary>
    private static void AddExtraIds(List<UnigramPiece> pieces, List<AddedToken>? listed, int count)
    {
        if (listed is null)
        {
            if (!pieces.Exists(piece => piece.Text.StartsWith(ExtraPrefix)))
            {
                pieces.AddRange(Enumerable.Range(0, count).Select(i => new UnigramPiece($"{ExtraPrefix}{count - 1 - i}>", 0)));
            }

            return;
        }

        foreach (var token in listed.Where(token => token.Content.StartsWith(ExtraPrefix)).OrderBy(token => token.Id))
        {
            if (token.Id == pieces.Count)
            {
                pieces.Add(new UnigramPiece(token.Content, 0));
            }
        }
    }
}
