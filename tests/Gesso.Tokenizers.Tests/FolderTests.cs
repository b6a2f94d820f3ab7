using Gesso.Contracts.Errors;

namespace Gesso.Tokenizers.Tests;

public class FolderTests
{
    private const string Vocab = """
        {"a": 0, "b": 1, "a</w>": 2, "b</w>": 3, "ab</w>": 4, "<|startoftext|>": 5, "<|endoftext|>": 6, "[PAD]": 7}
        """;

    private const string Merges = "#version: 0.2\na b</w>\n";

    private const string T5Json = """
        {"added_tokens": [{"id": 1, "content": "</s>", "normalized": false, "special": true}],
         "normalizer": null,
         "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
         "model": {"type": "Unigram", "unk_id": 2, "vocab": [["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["▁a", -1], ["b", -2.5]]}}
        """;

    [Fact]
    public void Clip_folder_may_do_without_config_files()
    {
        using var folder = ClipFolder();
        var tokenizer = ClipTokenizer.FromFolder(folder.Path);
        Assert.Equal((77, 5, 6, 6, 8), (tokenizer.MaxLength, tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.VocabularySize));
        Assert.Equal([5, 4, 6, 2, 6], tokenizer.Encode("ab<|endoftext|>A"));
    }

    [Fact]
    public void Clip_config_names_length_and_tokens_as_text_or_as_objects()
    {
        using var folder = ClipFolder();
        folder.Write("tokenizer_config.json", """{"model_max_length": 6, "pad_token": {"content": "[PAD]", "lstrip": true}}""");
        folder.Write("special_tokens_map.json", """
            {"pad_token": "b", "eos_token": "<|endoftext|>", "bos_token": {"content": "<|startoftext|>", "normalized": true}}
            """);
        var tokenizer = ClipTokenizer.FromFolder(folder.Path);
        Assert.Equal((6, 7), (tokenizer.MaxLength, tokenizer.PadId));
        Assert.Equal([5, 4, 6, 7, 7, 7], tokenizer.EncodePadded("ab"));
        Assert.Equal([5, 5, 2, 6], tokenizer.Encode("<|StartOfText|>a"));
        Assert.Equal([5, 2, 7, 6], tokenizer.Encode("a  [PAD]"));
    }

    [Fact]
    public void Absurd_lengths_count_as_none()
    {
        using var clip = ClipFolder();
        clip.Write("tokenizer_config.json", """{"model_max_length": 1000000000000000019884624838656}""");
        Assert.Equal(77, ClipTokenizer.FromFolder(clip.Path).MaxLength);
        using var t5 = new TemporaryFolder();
        t5.Write("tokenizer.json", T5Json);
        t5.Write("tokenizer_config.json", """{"model_max_length": 1e30}""");
        Assert.Equal(512, T5Tokenizer.FromFolder(t5.Path).MaxLength);
        t5.Write("tokenizer_config.json", """{"model_max_length": 99}""");
        Assert.Equal(99, T5Tokenizer.FromFolder(t5.Path).MaxLength);
    }

    [Fact]
    public void T5_reads_a_spiece_model_alone_with_the_usual_extra_ids()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("any.model", ProtobufBytes.Model(
            [("<pad>", 0), ("</s>", 0), ("<unk>", 0), ("▁a", -1), ("b", -2.5f)], [], trainer => trainer.Varint(40, 2).Varint(41, -1)));
        var tokenizer = T5Tokenizer.FromFile(file);
        Assert.Equal((1, 0, 2, 105), (tokenizer.EosId, tokenizer.PadId, tokenizer.UnkId, tokenizer.VocabularySize));
        Assert.Equal([3, 4, 104, 5, 2, 1], tokenizer.Encode("ab<extra_id_0> <extra_id_99>?"));
    }

    [Fact]
    public void T5_reads_older_tokenizer_json()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = T5Tokenizer.FromFile(folder.Write("tokenizer.json", T5Json));
        Assert.Equal([3, 4, 1, 3, 1], tokenizer.Encode("ab</s>a"));
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("nothing")]
    public void Missing_files_are_named_with_the_folder_and_the_cure(string present)
    {
        using var folder = new TemporaryFolder();
        folder.Write(present, Vocab);
        foreach (var (error, files) in new[]
        {
            (Assert.Throws<GessoException>(() => ClipTokenizer.FromFolder(folder.Path)), "vocab.json and merges.txt, or tokenizer.json"),
            (Assert.Throws<GessoException>(() => T5Tokenizer.FromFolder(folder.Path)), "spiece.model or tokenizer.json"),
        })
        {
            Assert.Equal((ErrorKind.InvalidRequest, "tokenizer_missing"), (error.Kind, error.Code));
            Assert.Contains(folder.Path, error.Message);
            Assert.Contains(files, error.Message);
            Assert.Contains("it holds " + present, error.Message);
            Assert.Contains("Copy the tokenizer folder", error.Message);
        }
    }

    [Fact]
    public void Missing_folders_and_files_are_said_to_be_missing()
    {
        var nowhere = Path.Combine(Path.GetTempPath(), "gesso-no-such-folder");
        Assert.Contains("does not exist", Assert.Throws<GessoException>(() => ClipTokenizer.FromFolder(nowhere)).Message);
        Assert.Contains("does not exist", Assert.Throws<GessoException>(() => T5Tokenizer.FromFolder(nowhere)).Message);
        Assert.Contains("spiece.model", Assert.Throws<GessoException>(() => T5Tokenizer.FromFile(Path.Combine(nowhere, "spiece.model"))).Message);
    }

    [Theory]
    [InlineData("vocab.json", "")]
    [InlineData("vocab.json", "[]")]
    [InlineData("vocab.json", "{\"a\": \"x\"}")]
    [InlineData("vocab.json", "{\"a\": -1}")]
    [InlineData("vocab.json", "{\"a\": 0")]
    [InlineData("vocab.json", "{}")]
    [InlineData("merges.txt", "a\n")]
    [InlineData("merges.txt", "a b c\n")]
    [InlineData("merges.txt", "b b\n")]
    [InlineData("tokenizer_config.json", "[1]")]
    [InlineData("tokenizer_config.json", "{\"eos_token\": \"</s>\"}")]
    [InlineData("tokenizer_config.json", "{\"model_max_length\": 1}")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": {\"content\": \"a\"}}}")]
    [InlineData("special_tokens_map.json", "{")]
    public void Clip_files_that_make_no_sense_are_named(string file, string content)
    {
        using var folder = ClipFolder();
        folder.Write(file, content);
        var error = Assert.Throws<GessoException>(() => ClipTokenizer.FromFolder(folder.Path));
        Assert.Equal((ErrorKind.InvalidRequest, "tokenizer_corrupt"), (error.Kind, error.Code));
        Assert.Contains(folder.Path, error.Message);
    }

    [Fact]
    public void Tokenizers_of_other_models_are_refused()
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", T5Json);
        Assert.Equal(ErrorKind.Refused, Assert.Throws<GessoException>(() => ClipTokenizer.FromFolder(folder.Path)).Kind);
        folder.Write("tokenizer.json", T5Json.Replace("\"normalizer\": null", "\"normalizer\": {\"type\": \"NFKC\"}"));
        Assert.Contains("NFKC", Assert.Throws<GessoException>(() => T5Tokenizer.FromFolder(folder.Path)).Message);
        folder.Write("tokenizer.json", T5Json.Replace("Metaspace", "ByteLevel"));
        Assert.Contains("ByteLevel", Assert.Throws<GessoException>(() => T5Tokenizer.FromFolder(folder.Path)).Message);
        folder.Write("tokenizer.json", """{"model": {"type": "BPE", "vocab": """ + Vocab + """, "merges": ["a b</w>"]}}""");
        Assert.Equal(ErrorKind.Refused, Assert.Throws<GessoException>(() => ClipTokenizer.FromFolder(folder.Path)).Kind);
        Assert.Equal(ErrorKind.Refused, Assert.Throws<GessoException>(() => T5Tokenizer.FromFolder(folder.Path)).Kind);
        folder.Write("spiece.model", ProtobufBytes.Model([("<unk>", 0)], [], trainer => trainer.Varint(3, 2)));
        Assert.Contains("Bpe", Assert.Throws<GessoException>(() => T5Tokenizer.FromFile(Path.Combine(folder.Path, "spiece.model"))).Message);
    }

    [Fact]
    public void Damaged_tokenizer_json_never_throws_anything_but_a_gesso_exception()
    {
        using var folder = new TemporaryFolder();
        var whole = System.Text.Encoding.UTF8.GetBytes(T5Json);
        var random = new Random(8);
        for (var i = 0; i < 1500; i++)
        {
            var bytes = i < whole.Length ? whole[..i] : (byte[])whole.Clone();
            for (var k = random.Next(4); k > 0 && bytes.Length > 0; k--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            folder.Write("tokenizer.json", bytes);
            var error = Record.Exception(() => T5Tokenizer.FromFolder(folder.Path).Encode("ab </s> c"));
            Assert.True(error is null or GessoException, $"{System.Text.Encoding.Latin1.GetString(bytes)}\n{error}");
        }
    }

    private static TemporaryFolder ClipFolder()
    {
        var folder = new TemporaryFolder();
        folder.Write("vocab.json", Vocab);
        folder.Write("merges.txt", Merges);
        return folder;
    }
}
