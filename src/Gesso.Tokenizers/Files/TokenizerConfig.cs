using System.Text.Json;

namespace Gesso.Tokenizers.Files;

/// <summary>
/// What <c>tokenizer_config.json</c> and <c>special_tokens_map.json</c> of a folder say; both may be absent.
/// A special token may be a string or an object with flags; the config wins over the map.
/// </summary>
internal sealed class TokenizerConfig
{
    private const string ConfigFile = "tokenizer_config.json";
    private const string MapFile = "special_tokens_map.json";

    /// <summary>Lengths beyond this stand for "none" (the reference writes 1e30).</summary>
    private const double AbsurdLength = 1_000_000;

    private readonly Dictionary<string, AddedToken> _flagged = [];

    public string? Bos { get; private set; }

    public string? Eos { get; private set; }

    public string? Pad { get; private set; }

    public string? Unk { get; private set; }

    /// <summary>Null when absent or absurdly large.</summary>
    public int? ModelMaxLength { get; private set; }

    public bool? Legacy { get; private set; }

    /// <summary>Number of <c>&lt;extra_id_N&gt;</c> tokens of a T5 vocabulary.</summary>
    public int? ExtraIds { get; private set; }

    /// <summary>Special tokens beyond the four, by spelling.</summary>
    public List<string> MoreSpecialTokens { get; } = [];

    /// <summary>Tokens listed with their ids (<c>added_tokens_decoder</c>); null when the list is absent.</summary>
    public List<AddedToken>? AddedTokens { get; set; }

    public static TokenizerConfig Read(TokenizerFolder folder)
    {
        var config = new TokenizerConfig();
        foreach (var file in new[] { ConfigFile, MapFile })
        {
            if (folder.Has(file))
            {
                folder.Read(file, bytes =>
                {
                    using var document = JsonDocument.Parse(bytes);
                    config.Take(document.RootElement);
                    return true;
                });
            }
        }

        return config;
    }

    /// <summary>A special token with the flags that the files give it; without any it is matched in the raw text.</summary>
    public AddedToken Flagged(string content, int id) =>
        _flagged.TryGetValue(content, out var token) ? token with { Id = id } : new AddedToken(content, id);

    /// <summary>Reads one added token; a special one is matched in the raw text unless the object says otherwise.</summary>
    public static AddedToken ReadToken(JsonElement token, int id) => new(token.GetProperty("content").GetString()!, id)
    {
        Normalized = Flag(token, "normalized") ?? Flag(token, "special") == false,
        LeftStrip = Flag(token, "lstrip") ?? false,
        RightStrip = Flag(token, "rstrip") ?? false,
        SingleWord = Flag(token, "single_word") ?? false,
    };

    private static bool? Flag(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

    private void Take(JsonElement root)
    {
        if (AddedTokens is null && root.TryGetProperty("added_tokens_decoder", out var decoder))
        {
            AddedTokens = [.. decoder.EnumerateObject().Select(entry => ReadToken(entry.Value, int.Parse(entry.Name)))];
        }

        Bos ??= SpecialToken(root, "bos_token");
        Eos ??= SpecialToken(root, "eos_token");
        Pad ??= SpecialToken(root, "pad_token");
        Unk ??= SpecialToken(root, "unk_token");
        Legacy ??= Flag(root, "legacy");
        foreach (var list in new[] { "additional_special_tokens", "extra_special_tokens" })
        {
            if (root.TryGetProperty(list, out var tokens) && tokens.ValueKind == JsonValueKind.Array)
            {
                MoreSpecialTokens.AddRange(tokens.EnumerateArray().Select(Content).OfType<string>());
            }
        }

        if (root.TryGetProperty("extra_ids", out var extra) && extra.ValueKind == JsonValueKind.Number)
        {
            ExtraIds ??= extra.GetInt32();
        }

        if (root.TryGetProperty("model_max_length", out var length) && length.ValueKind == JsonValueKind.Number
            && length.GetDouble() is >= 1 and <= AbsurdLength and var units)
        {
            ModelMaxLength ??= (int)units;
        }
    }

    private string? SpecialToken(JsonElement root, string name) => root.TryGetProperty(name, out var value) ? Content(value) : null;

    private string? Content(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }

        // a special token's flags default to those of special tokens, whether or not the object says "special"
        var token = ReadToken(value, id: -1) with { Normalized = Flag(value, "normalized") ?? false };
        _flagged.TryAdd(token.Content, token);
        return token.Content;
    }
}
