using System.Text.Json;
using Gesso.Tokenizers.Unigram;

namespace Gesso.Tokenizers.Files;

/// <summary>
/// A <c>tokenizer.json</c>: the steps as JSON, the model as lists. The vocabulary is read token by token, as it can hold megabytes;
/// sequences of steps are flattened.
/// </summary>
internal sealed class TokenizerJson
{
    public List<AddedToken> AddedTokens { get; } = [];

    public List<TokenizerStep> Normalizers { get; } = [];

    public List<TokenizerStep> PreTokenizers { get; } = [];

    /// <summary>Id by token, of a model of type BPE; else null.</summary>
    public Dictionary<string, int>? Vocabulary { get; private set; }

    /// <summary>Pairs in order of rank, of a model of type BPE: left, right, left, right, …</summary>
    public List<string> Merges { get; } = [];

    /// <summary>Text and log probability by id, of a model of type Unigram; else null.</summary>
    public List<UnigramPiece>? Pieces { get; private set; }

    public string? UnknownToken { get; private set; }

    public string? EndOfWordSuffix { get; private set; }

    public int? UnkId { get; private set; }

    public bool ByteFallback { get; private set; }

    /// <summary>Reads a file.</summary>
    /// <param name="utf8">The whole file.</param>
    /// <param name="withModel">False skips the model, which is nearly all of the file.</param>
    public static TokenizerJson Parse(ReadOnlySpan<byte> utf8, bool withModel)
    {
        var json = new TokenizerJson();
        var reader = new Utf8JsonReader(utf8);
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "added_tokens":
                    foreach (var token in JsonElement.ParseValue(ref reader).EnumerateArray())
                    {
                        json.AddedTokens.Add(TokenizerConfig.ReadToken(token, token.GetProperty("id").GetInt32()));
                    }

                    break;
                case "normalizer":
                    TokenizerStep.Flatten(JsonElement.ParseValue(ref reader), "normalizers", json.Normalizers);
                    break;
                case "pre_tokenizer":
                    TokenizerStep.Flatten(JsonElement.ParseValue(ref reader), "pretokenizers", json.PreTokenizers);
                    break;
                case "model" when withModel:
                    json.ReadModel(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return json;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new JsonException($"expected {type} at byte {reader.TokenStartIndex}.");
        }
    }

    private void ReadModel(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("the model is not an object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "vocab" when reader.TokenType == JsonTokenType.StartObject:
                    Vocabulary = ReadVocabulary(ref reader);
                    break;
                case "vocab" when reader.TokenType == JsonTokenType.StartArray:
                    ReadPieces(ref reader);
                    break;
                case "merges":
                    ReadMerges(ref reader);
                    break;
                case "unk_token":
                    UnknownToken = reader.GetString();
                    break;
                case "end_of_word_suffix":
                    EndOfWordSuffix = reader.GetString();
                    break;
                case "unk_id" when reader.TokenType == JsonTokenType.Number:
                    UnkId = reader.GetInt32();
                    break;
                case "byte_fallback":
                    ByteFallback = reader.TokenType == JsonTokenType.True;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>Reads the object that the reader stands on, token → id.</summary>
    public static Dictionary<string, int> ReadVocabulary(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("the vocabulary is not an object of token and id.");
        }

        var vocabulary = new Dictionary<string, int>(capacity: 2048);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var token = reader.GetString()!;
            reader.Read();
            vocabulary[token] = reader.GetInt32() is >= 0 and var id ? id : throw new JsonException($"token '{token}' has a negative id.");
        }

        return vocabulary;
    }

    private void ReadPieces(ref Utf8JsonReader reader)
    {
        Pieces = new List<UnigramPiece>(capacity: 1024);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            Expect(ref reader, JsonTokenType.String);
            var text = reader.GetString()!;
            Expect(ref reader, JsonTokenType.Number);
            Pieces.Add(new UnigramPiece(text, reader.GetDouble()));
            Expect(ref reader, JsonTokenType.EndArray);
        }
    }

    /// <summary>A pair is "left right" in older files and ["left", "right"] in newer ones.</summary>
    private void ReadMerges(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType is JsonTokenType.StartArray or JsonTokenType.String)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                var parts = reader.GetString()!.Split(' ');
                Merges.AddRange(parts.Length == 2 ? parts : throw new JsonException($"merge {Merges.Count / 2 + 1} has {parts.Length} parts."));
                continue;
            }

            Expect(ref reader, JsonTokenType.String);
            Merges.Add(reader.GetString()!);
            Expect(ref reader, JsonTokenType.String);
            Merges.Add(reader.GetString()!);
            Expect(ref reader, JsonTokenType.EndArray);
        }
    }
}
