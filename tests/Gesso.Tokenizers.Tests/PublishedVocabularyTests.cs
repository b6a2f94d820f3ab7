using System.Security.Cryptography;
using System.Text.Json;
using Gesso.Tokenizers.Vocabularies;

namespace Gesso.Tokenizers.Tests;

public class PublishedVocabularyTests
{
    [Fact]
    public void Embedded_files_are_the_published_ones()
    {
        // the sums of Vocabularies/README.md
        Assert.Equal("9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a", Sum(PublishedFiles.ClipMerges()));
        Assert.Equal("d60acb128cf7b7f2536e8f38a5b18a05535c9e14c7a355904270e15b0945ea86", Sum(PublishedFiles.T5Spiece()));
    }

    [Fact]
    public void Clip_vocabulary_follows_from_its_merges()
    {
        var vocabulary = PublishedClip.Read().Vocabulary;
        Assert.Equal(49408, vocabulary.Count);
        Assert.Equal(48894, PublishedClip.Read().Merges.Count);
        var files = GoldenRoot.All.Select(root => Path.Combine(root.Path, "tokenizers", "clip", "vocab.json")).Where(File.Exists).ToList();
        Assert.SkipWhen(files.Count == 0, "no golden root has the published vocab.json");
        foreach (var file in files)
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            Assert.Equal(document.RootElement.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32()), vocabulary);
        }
    }

    [Fact]
    public void Published_tokenizers_have_the_ids_of_flux()
    {
        var (clip, t5) = (ClipTokenizer.Published(), T5Tokenizer.Published());
        Assert.Equal((77, 49406, 49407, 49407, 49408), (clip.MaxLength, clip.BosId, clip.EosId, clip.PadId, clip.VocabularySize));
        Assert.Equal((512, 1, 0, 2, 32100), (t5.MaxLength, t5.EosId, t5.PadId, t5.UnkId, t5.VocabularySize));
        Assert.Same(clip, ClipTokenizer.Published());
        Assert.Same(t5, T5Tokenizer.Published());
    }

    private static string Sum(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
