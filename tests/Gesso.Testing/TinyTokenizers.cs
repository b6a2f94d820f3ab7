using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gesso.Testing;

/// <summary>Tokenizers of a few hundred ids: CLIP by bytes without merges, T5 by letters.</summary>
public static class TinyTokenizers
{
    /// <summary>256 bytes, 256 bytes at the end of a word, begin and end.</summary>
    public const int ClipVocabulary = 514;

    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,!?-";

    /// <summary>pad, end, unknown, the word mark and the letters.</summary>
    public static int T5Vocabulary => 4 + Letters.Length;

    public static void WriteClip(string folder)
    {
        Directory.CreateDirectory(folder);
        var vocabulary = new JsonObject();
        for (int i = 0, beyond = 256; i < 256; i++)
        {
            // printable Latin-1 stands for itself, the other bytes for characters from U+0100 (openai/CLIP bytes_to_unicode)
            char c = i is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174 ? (char)i : (char)beyond++;
            vocabulary[c.ToString()] = i;
            vocabulary[c + "</w>"] = 256 + i;
        }
        vocabulary["<|startoftext|>"] = 512;
        vocabulary["<|endoftext|>"] = 513;
        File.WriteAllText(Path.Combine(folder, "vocab.json"), vocabulary.ToJsonString());
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n");
        Write(folder, "tokenizer_config.json", new
        {
            tokenizer_class = "CLIPTokenizer",
            model_max_length = 77,
            bos_token = "<|startoftext|>",
            eos_token = "<|endoftext|>",
            pad_token = "<|endoftext|>",
            unk_token = "<|endoftext|>",
        });
    }

    public static void WriteT5(string folder, int maxLength)
    {
        Directory.CreateDirectory(folder);
        var vocabulary = new List<object[]> { new object[] { "<pad>", 0.0 }, new object[] { "</s>", 0.0 }, new object[] { "<unk>", 0.0 }, new object[] { "\u2581", -2.0 } };
        vocabulary.AddRange(Letters.Select(c => new object[] { c.ToString(), -3.0 }));
        object Special(int id, string content) =>
            new { id, content, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true };
        Write(folder, "tokenizer.json", new
        {
            version = "1.0",
            added_tokens = new[] { Special(0, "<pad>"), Special(1, "</s>"), Special(2, "<unk>") },
            normalizer = (object?)null,
            pre_tokenizer = new { type = "Metaspace", replacement = "\u2581", prepend_scheme = "always", split = true },
            model = new { type = "Unigram", unk_id = 2, vocab = vocabulary, byte_fallback = false },
        });
        Write(folder, "tokenizer_config.json", new
        {
            tokenizer_class = "T5Tokenizer",
            model_max_length = maxLength,
            eos_token = "</s>",
            pad_token = "<pad>",
            unk_token = "<unk>",
            extra_ids = 0,
        });
    }

    private static void Write(string folder, string file, object json) => File.WriteAllText(Path.Combine(folder, file), JsonSerializer.Serialize(json));
}
