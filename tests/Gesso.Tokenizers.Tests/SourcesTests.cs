using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gesso.Tokenizers.Tests;

public class SourcesTests
{
    // differ between the two T5 pipelines, or between matching before and after normalisation
    private static readonly string[] Hard =
    [
        "a </s>b", "</s>b<pad>c", "a\u0085b", "<|ENDOFTEXT|>!", "<|StartOfText|>x", "x<|endoftext|>!!", "＜/s＞ ＜extra_id_3＞", "a  b   c ",
    ];

    public static TheoryData<string> T5FoldersWithBothFiles() => [.. GoldenRoot.FoldersWith("spiece.model").Where(HasTokenizerJson)];

    public static TheoryData<string> ClipFolders() => [.. GoldenRoot.FoldersWith("merges.txt").Where(IsClip)];

    [Theory]
    [MemberData(nameof(T5FoldersWithBothFiles))]
    public void T5_gives_the_same_ids_from_spiece_model_and_tokenizer_json(string folder)
    {
        var both = T5Tokenizer.FromFolder(folder);
        var spiece = T5Tokenizer.FromFile(Path.Combine(folder, "spiece.model"));
        var json = T5Tokenizer.FromFile(Path.Combine(folder, "tokenizer.json"));
        Assert.Equal(json.VocabularySize, spiece.VocabularySize);
        Assert.Equal((json.EosId, json.PadId, json.UnkId, json.MaxLength), (spiece.EosId, spiece.PadId, spiece.UnkId, spiece.MaxLength));
        foreach (var text in Texts())
        {
            var expected = json.Encode(text);
            Assert.True(expected.AsSpan().SequenceEqual(spiece.Encode(text)), $"spiece.model alone differs for '{GoldenRoot.Show(text)}'");
            Assert.True(expected.AsSpan().SequenceEqual(both.Encode(text)), $"the folder differs for '{GoldenRoot.Show(text)}'");
        }
    }

    [Theory]
    [MemberData(nameof(ClipFolders))]
    public void Clip_gives_the_same_ids_from_vocab_and_merges_and_from_tokenizer_json(string folder)
    {
        using var copy = new TemporaryFolder();
        copy.Write("tokenizer.json", ClipJson(folder));
        copy.Copy(folder, "tokenizer_config.json", "special_tokens_map.json");
        var pair = ClipTokenizer.FromFolder(folder);
        var json = ClipTokenizer.FromFolder(copy.Path);
        Assert.Equal((json.BosId, json.EosId, json.PadId), (pair.BosId, pair.EosId, pair.PadId));
        Assert.Equal((json.MaxLength, json.VocabularySize), (pair.MaxLength, pair.VocabularySize));
        foreach (var text in Texts())
        {
            Assert.True(json.Encode(text).AsSpan().SequenceEqual(pair.Encode(text)), $"they differ for '{GoldenRoot.Show(text)}'");
        }
    }

    [Fact]
    public void A_folder_with_spiece_model_alone_is_enough()
    {
        Assert.SkipWhen(T5FoldersWithBothFiles().Count == 0, "no golden root has a T5 folder with both files");
        var folder = T5FoldersWithBothFiles().First().Data;
        using var copy = new TemporaryFolder();
        copy.Copy(folder, "spiece.model", "tokenizer_config.json");
        Assert.Equal(T5Tokenizer.FromFolder(folder).Encode("a photo of a cat </s>x"), T5Tokenizer.FromFolder(copy.Path).Encode("a photo of a cat </s>x"));
    }

    private static IEnumerable<string> Texts() => GoldenRoot.All.SelectMany(root => root.Corpus()).Select(line => line.Text).Concat(Hard);

    private static bool HasTokenizerJson(string folder) => File.Exists(Path.Combine(folder, "tokenizer.json"));

    private static bool IsClip(string folder) => File.Exists(Path.Combine(folder, "vocab.json")) && File.Exists(Path.Combine(folder, "tokenizer_config.json"))
        && File.ReadAllText(Path.Combine(folder, "tokenizer_config.json")).Contains("CLIPTokenizer");

    /// <summary>The same tokenizer as transformers 5 writes it.</summary>
    private static string ClipJson(string folder)
    {
        var vocabulary = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "vocab.json")))!;
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer_config.json")))!;
        var merges = File.ReadAllLines(Path.Combine(folder, "merges.txt")).Where(line => line.Length > 0 && !line.StartsWith("#version")).ToList();
        var listed = (config["added_tokens_decoder"] as JsonObject)?.ToDictionary(entry => (string)entry.Value!["content"]!, entry => entry.Value!);
        var added = new[] { "<|startoftext|>", "<|endoftext|>" }.Select(content => new
        {
            id = (int)vocabulary[content]!,
            content,
            single_word = false,
            lstrip = false,
            rstrip = false,
            normalized = listed is not null && (bool)listed[content]["normalized"]!,
            special = true,
        });
        return JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = added,
            normalizer = new
            {
                type = "Sequence",
                normalizers = new object[]
                {
                    new { type = "NFC" }, new { type = "Replace", pattern = new { Regex = @"\s+" }, content = " " }, new { type = "Lowercase" },
                },
            },
            pre_tokenizer = new
            {
                type = "Sequence",
                pretokenizers = new object[]
                {
                    new
                    {
                        type = "Split",
                        pattern = new { Regex = @"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+" },
                        behavior = "Removed",
                        invert = true,
                    },
                    new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true },
                },
            },
            model = new { type = "BPE", unk_token = "<|endoftext|>", end_of_word_suffix = "</w>", vocab = vocabulary, merges },
        });
    }
}
